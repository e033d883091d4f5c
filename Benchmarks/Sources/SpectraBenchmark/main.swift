// Times Jacobians and singular values: `job` one job for the comparison with other programs, `table` sizes for people.

ProcessorKernels.reexecuteIfFaster()
BenchmarkCommand.main()
