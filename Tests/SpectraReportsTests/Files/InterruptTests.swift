import SpectraReports
import Testing

#if canImport(Glibc)
  import Glibc
#endif

#if os(Linux)
  @Suite("Signals while files are registered") struct InterruptTests {
    @Test(
      "A signal that comes as soon as the first one is listened to ends the process", .timeLimit(.minutes(10)),
      arguments: 0..<20)
    func earlySignal(attempt: Int) async {
      await #expect(processExitsWith: .signal(SIGINT)) {
        // A process that hangs in the call fails, too, instead of never ending; on a busy machine a good one may take long.
        alarm(120)
        var thread = pthread_t()
        pthread_create(
          &thread, nil,
          { _ in
            // Whatever is not the default is Dispatch's: it listens from here on.
            var action = sigaction()
            while true {
              sigaction(SIGINT, nil, &action)
              if action.__sigaction_handler.sa_handler != nil { kill(getpid(), SIGINT) }
            }
          }, nil)
        TemporaryFiles.removeOnInterrupt()
        while true { sleep(1) }
      }
    }
  }
#endif
