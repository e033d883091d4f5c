// Another program, started without a shell and without Foundation.

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

enum ChildProcess {
  enum Ending: Equatable {
    case exit(code: Int32)
    case signal(Int32)
    /// This process was started with SIGCHLD ignored: the system keeps no status then.
    case unknown
  }

  /// The first executable file of a name in the folders of `PATH`.
  static func path(of name: String, environment: [String: String]) -> String? {
    // Where PATH is not set, what execvp(3) takes. An empty entry is the current folder.
    let folders = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":", omittingEmptySubsequences: false)
    return folders.lazy.map { "\($0.isEmpty ? "." : $0)/\(name)" }.first { path in
      guard case .success(let status) = FileStatus.of(path: path) else { return false }
      return status.kind == .regular && access(path, X_OK) == 0
    }
  }

  /// Runs a program to its end on descriptors of this process, which stay open here. Files do for all three: nobody
  /// has to read while the other writes, and a child that does not read its input harms nobody.
  static func run(
    _ path: String, _ arguments: [String], environment: [String: String], input: CInt, output: CInt, error: CInt
  ) throws(SystemError) -> Ending {
    var open: [CInt] = []
    defer { for descriptor in open { try? SystemCall.closeDescriptor(descriptor) } }
    // Above the numbers they are moved to, so that no move covers one that is still wanted.
    for descriptor in [input, output, error] {
      let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
      if copy < 0 { throw .current }
      open.append(copy)
    }
    let child = try start(path, [path] + arguments, environment.map { "\($0)=\($1)" }, descriptors: open)
    var status: CInt = 0
    while waitpid(child, &status, 0) < 0 {
      if errno == ECHILD { return .unknown }
      if errno != EINTR { throw .current }
    }
    // As WIFEXITED, WEXITSTATUS and WTERMSIG, which are macros.
    return status & 0x7F == 0 ? .exit(code: status >> 8 & 0xFF) : .signal(status & 0x7F)
  }

  private static func start(_ path: String, _ arguments: [String], _ environment: [String], descriptors: [CInt])
    throws(SystemError) -> pid_t
  {
    #if canImport(Darwin)
      var (actions, attributes): (posix_spawn_file_actions_t?, posix_spawnattr_t?)
    #else
      var (actions, attributes) = (posix_spawn_file_actions_t(), posix_spawnattr_t())
    #endif
    try check(posix_spawn_file_actions_init(&actions))
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (number, descriptor) in descriptors.enumerated() {
      try check(posix_spawn_file_actions_adddup2(&actions, descriptor, CInt(number)))
    }
    try check(posix_spawnattr_init(&attributes))
    defer { posix_spawnattr_destroy(&attributes) }
    // Dispatch blocks signals in its threads, and a child would inherit that.
    var none = sigset_t()
    sigemptyset(&none)
    try check(posix_spawnattr_setsigmask(&attributes, &none))
    try check(posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK)))

    var child: pid_t = 0
    let strings = [arguments, environment].map { $0.map { strdup($0) } + [nil] }
    defer { for string in strings.joined() { free(string) } }
    try check(posix_spawn(&child, path, &actions, &attributes, strings[0], strings[1]))
    return child
  }

  /// These calls return their error instead of setting `errno`.
  private static func check(_ code: CInt) throws(SystemError) {
    if code != 0 { throw SystemError(code: code) }
  }
}
