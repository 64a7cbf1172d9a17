# Aliases only; everything is in ./run, which needs no make.
.PHONY: run test check bench proof screenshots
run:
	./run
test check bench proof screenshots:
	./run $@
