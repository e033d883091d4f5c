// The command line: parsing and printing only; what it computes is in the library.

import Spectra

Backend.restartWithBetterCore()
Backend.endIdleThreads()
Backend.keepFreedMemory()
SpectraCommand.launch()
