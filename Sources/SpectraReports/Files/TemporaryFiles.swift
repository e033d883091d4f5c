internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The unfinished files of this process, so that none is left behind when a signal ends it.
public enum TemporaryFiles {
  private struct State {
    var files: Set<String> = []
    /// Folders made for files that are not complete yet, outermost first.
    var folders: [String] = []
    var signals: [any DispatchSourceSignal] = []
  }

  private static let state = Mutex(State())

  /// Removes every unfinished file. Whoever writes one finds out when it is to be completed.
  public static func removeAll() { state.withLock { remove(&$0) } }

  /// Lets an interrupt (SIGINT), a request to end (SIGTERM) and a closed terminal (SIGHUP) remove every unfinished
  /// file before they end the process; its status is then the signal's, as without this call. A signal that is
  /// ignored, as under `nohup`, stays ignored. To be called once, early; calls after the first do nothing.
  ///
  /// A file larger than the process may write (`ulimit -f`) is an error of the write then, and no signal.
  public static func removeOnInterrupt() {
    _ = signal(SIGXFSZ, SIG_IGN)
    // A source listens only once another thread has registered it. Until then the signal would end the process at once,
    // and on a busy machine that is late enough for files to be there.
    let registered = DispatchSemaphore(value: 0)
    let count = state.withLock { state in
      guard state.signals.isEmpty else { return 0 }
      let queue = DispatchQueue(label: "spectra.interrupt", qos: .userInteractive)
      for number in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(number) {
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler { end(by: number) }
        source.setRegistrationHandler { registered.signal() }
        source.resume()
        state.signals.append(source)
      }
      return state.signals.count
    }
    // Without the lock: a signal that is heard by now waits for it on the very queue that registers the others.
    for _ in 0..<count { registered.wait() }
  }

  private static func isIgnored(_ number: CInt) -> Bool {
    let previous = signal(number, SIG_IGN)
    let wasIgnored = unsafeBitCast(previous, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    // On Linux the source takes the signal by a handler of its own; Darwin needs it ignored.
    #if !canImport(Darwin)
      _ = signal(number, previous)
    #endif
    return wasIgnored
  }

  /// Ends the process as the signal does by default. The lock is never given back, so no file is made meanwhile.
  private static func end(by number: CInt) {
    state.withLock { state in
      remove(&state)
      _ = signal(number, SIG_DFL)
      // The queue's threads block signals; this one must receive it.
      var signals = sigset_t()
      sigemptyset(&signals)
      sigaddset(&signals, number)
      pthread_sigmask(SIG_UNBLOCK, &signals, nil)
      raise(number)
      // Not reached unless a debugger holds the signal back.
      _exit(128 + number)
    }
  }

  private static func remove(_ state: inout State) {
    for file in state.files { SystemCall.removeFile(file) }
    for folder in state.folders.reversed() { SystemCall.removeFolder(folder) }
    state.files = []
    state.folders = []
  }
}

// MARK: - For the files of this module

extension TemporaryFiles {
  /// Creates an empty hidden file in a folder.
  static func create(in folder: String) throws(SystemError) -> (path: String, descriptor: CInt) {
    while true {
      let path =
        "\(folder)/.spectra-\(SystemCall.processIdentifier)-\(String(UInt64.random(in: 0 ... .max), radix: 36)).tmp"
      let result = state.withLock { state in
        // Under the lock, so that a signal finds every file that exists.
        Result { () throws(SystemError) in
          let descriptor = try SystemCall.create(path)
          state.files.insert(path)
          return descriptor
        }
      }
      do throws(SystemError) { return (path, try result.get()) } catch { if error != .exists { throw error } }
    }
  }

  /// Makes a folder that is removed with the unfinished files if nothing is in it.
  static func makeFolder(_ path: String) throws(SystemError) {
    try state.withLock { state in
      Result { () throws(SystemError) in
        try SystemCall.makeFolder(path)
        state.folders.append(path)
      }
    }.get()
  }

  /// Renames finished files to their targets and keeps the folders made for them, all before a signal is heard.
  /// Where a rename fails, the files before it are complete, and the others are removed.
  static func complete(_ files: [(temporary: String, target: String)], folders: [String] = [])
    throws(SystemError)
  {
    try state.withLock { state in
      Result { () throws(SystemError) in
        for (temporary, target) in files {
          try SystemCall.renameFile(temporary, target)
          state.files.remove(temporary)
        }
        state.folders.removeAll { folders.contains($0) }
      }
    }.get()
  }

  static func remove(_ path: String) {
    state.withLock { state in
      if state.files.remove(path) != nil { SystemCall.removeFile(path) }
    }
  }

  static func removeFolders(_ folders: [String]) {
    state.withLock { state in
      for folder in folders.reversed() where state.folders.contains(folder) { SystemCall.removeFolder(folder) }
      state.folders.removeAll { folders.contains($0) }
    }
  }
}
