// Times Jacobians and singular values: `table` for people, `job`, `peak` and `machine` for the comparison with other
// programs, `resolved` the method that is accurate however small against the one that is not.

import Spectra

Backend.restartWithBetterCore()
Backend.keepFreedMemory()
BenchmarkCommand.main()
