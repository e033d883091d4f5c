#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Backend {
  /// Starts this program once more with the kernels that suit the processor, where OpenBLAS is too old to know it.
  ///
  /// OpenBLAS chooses its kernels while it is loaded, so a better choice (`betterCore`) needs a new start: for the first
  /// line of a program, before anything has been read or written. A core type that the user set in `OPENBLAS_CORETYPE`
  /// is left alone; where the new start is not possible, or did not change the kernels, this one goes on.
  public static func restartWithBetterCore() {
    let variable = "OPENBLAS_CORETYPE"
    guard getenv(variable) == nil, let core = betterCore, setenv(variable, core, 0) == 0 else { return }
    var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard readlink("/proc/self/exe", &path, path.count - 1) > 0 else { return }
    var arguments: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.map { strdup($0) }
    arguments.append(nil)
    // Only a failed start returns; the variable, which the second start would have found, then does no harm.
    execv(path, arguments)
    for argument in arguments { free(argument) }
  }
}
