// The command line: parsing and printing only; what it computes is in the library.

import Spectra

Backend.restartWithBetterCore()
Backend.endIdleThreads()
Backend.keepFreedMemory()
if let script = CompletionScript.asked(by: CommandLine.arguments) {
  do {
    try Exit.mapping { try StandardOutput.write(script) }
    SpectraCommand.exit()
  } catch {
    SpectraCommand.exit(withError: error)
  }
}
SpectraCommand.main()
