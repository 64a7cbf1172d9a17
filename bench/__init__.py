"""How fast the hub is, as ratios: every figure stands beside a floor that was measured in the same run (`./run bench`)."""
