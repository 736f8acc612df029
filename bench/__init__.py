"""What is measured: the studio against bare AutoGen, the screen, start and rest. `make bench` runs all of it."""
