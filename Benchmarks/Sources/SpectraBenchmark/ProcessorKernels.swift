import Spectra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// As the command `spectra` does: times of kernels that its users never run would be of no use.
enum ProcessorKernels {
  private static let variable = "OPENBLAS_CORETYPE"

  /// Starts this program once more with the kernels that suit the processor, where OpenBLAS is too old to know it.
  static func reexecuteIfFaster() {
    guard getenv(variable) == nil, let core = Backend.betterCore, setenv(variable, core, 0) == 0 else { return }
    var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard readlink("/proc/self/exe", &path, path.count - 1) > 0 else { return }
    var arguments: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.map { strdup($0) }
    arguments.append(nil)
    execv(path, arguments)  // only a failed start returns
    for argument in arguments { free(argument) }
  }
}
