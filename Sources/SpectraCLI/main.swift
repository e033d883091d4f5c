// The command line: parsing and printing only; what it computes is in the library.

ProcessorKernels.reexecuteIfFaster()
SpectraCommand.main()
