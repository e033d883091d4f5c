// Times Jacobians and singular values: `job` one job for the comparison with other programs, `table` sizes for people,
// `resolved` the method that is accurate however small against the one that is not.

ProcessorKernels.reexecuteIfFaster()
BenchmarkCommand.main()
