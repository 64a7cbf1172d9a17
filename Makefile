# Aliases only; everything is in ./run, which needs no make.
.PHONY: run test check proof bench screenshots
run:
	./run
test check proof bench screenshots:
	./run $@
