import CLAPACKE
import COpenBLAS

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The BLAS and LAPACK that really run.
///
/// Both always run one thread: parallelism in this package is over samples and over blocks of tangents, which is
/// faster for matrices of these sizes and keeps results independent of the number of threads.
public enum Backend {
  /// The library's own description of its version and build, as in `OpenBLAS 0.3.21 NO_AFFINITY … MAX_THREADS=64`.
  public static var name: String {
    let configuration = String(cString: openblas_get_config())
    return configuration.split(separator: " ").joined(separator: " ")
  }

  /// The BLAS and the file that LAPACK's routines come from, for records of runs.
  public static var summary: String { name + (lapackLibrary.map { "; LAPACK from \($0)" } ?? "") }

  /// The kernels OpenBLAS chose for this processor, as in `SkylakeX`.
  public static var core: String { String(cString: openblas_get_corename()) }

  /// The file from which the LAPACK routine `gesdd` was loaded, or nil where the loader cannot say.
  ///
  /// On Debian the system's alternatives decide which LAPACK runs behind LAPACKE, and the reference LAPACK is several
  /// times slower than OpenBLAS's.
  public static var lapackLibrary: String? {
    guard let symbol = dlsym(nil, "dgesdd_") else { return nil }
    let address = UInt(bitPattern: symbol)
    for line in Backend.lines(of: "/proc/self/maps") {
      // 7f22b7518000-7f22b7571000 r-xp 00042000 fe:00 2283   /usr/lib/…
      let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
      let bounds = fields.first?.split(separator: UInt8(ascii: "-")).compactMap { number($0) } ?? []
      if bounds.count == 2, bounds[0] <= address, address < bounds[1], fields.count == 6 {
        // The kernel pads the columns.
        return String(decoding: fields[5].drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
      }
    }
    return nil
  }

  /// A hexadecimal number.
  private static func number(_ digits: ArraySlice<UInt8>) -> UInt? {
    UInt(String(decoding: digits, as: UTF8.self), radix: 16)
  }

  /// The core type that would serve this processor better than the one OpenBLAS chose, or nil.
  ///
  /// An OpenBLAS that is older than the processor takes it for the newest one it knows by name and falls back to
  /// 256-bit kernels although the processor has AVX-512; `SkylakeX` kernels then run at up to twice the speed.
  public static var betterCore: String? {
    recommendedCore(chosen: core, processorFlags: processorFlags, configuration: name)
  }

  /// Flags are read where they decide only: reading them takes longer than parsing a command line.
  static func recommendedCore(
    chosen: String, processorFlags: @autoclosure () -> Set<Substring>, configuration: String
  ) -> String? {
    let needed: [Substring] = ["avx512f", "avx512dq", "avx512cd", "avx512bw", "avx512vl"]
    let narrow = ["Haswell", "Zen", "Sandybridge", "Nehalem", "Prescott", "Excavator"]
    guard narrow.contains(where: { chosen.caseInsensitiveEquals($0) }) else { return nil }
    guard configuration.contains("DYNAMIC_ARCH"), needed.allSatisfy(processorFlags().contains) else { return nil }
    return "SkylakeX"
  }

  private static var processorFlags: Set<Substring> {
    guard let line = lines(of: "/proc/cpuinfo").first(where: { $0.starts(with: "flags".utf8) }) else { return [] }
    return Set(String(decoding: line, as: UTF8.self).split(separator: ":").last?.split(separator: " ") ?? [])
  }

  /// A file's lines in bytes: text would be searched for line ends character by character.
  private static func lines(of path: String) -> [ArraySlice<UInt8>] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return bytes.split(separator: UInt8(ascii: "\n"))
  }

  /// Ends the threads that OpenBLAS starts while it is loaded and that nobody here uses.
  ///
  /// They wait for work in a loop, for about a tenth of a second after they started: a run as short as that would have
  /// one processor less. OpenBLAS itself ends them so before a `fork`, and starts them again where somebody asks for more
  /// than one thread. For a program's start, before its own threads: nothing else may be within OpenBLAS. Does nothing where
  /// the library is another one or has no such function.
  package static func endIdleThreads() {
    pinned()
    guard let symbol = dlsym(nil, "blas_thread_shutdown_") else { return }
    _ = unsafeBitCast(symbol, to: (@convention(c) () -> CInt).self)()
  }

  /// Lets the C library keep what is freed for the next block of memory, up to 256 MB, instead of returning it to the system.
  ///
  /// Blocks of some megabytes come and go with every layer, and a fresh page costs the system as much as filling it: at 1024
  /// features a quarter of the time. A setting of the whole process, so for a program's start. Does nothing where the C
  /// library is not glibc.
  public static func keepFreedMemory() {
    // glibc's own function and the numbers of its header, which Swift's module of it does not hold.
    guard let symbol = dlsym(nil, "mallopt") else { return }
    let set = unsafeBitCast(symbol, to: (@convention(c) (CInt, CInt) -> CInt).self)
    let (trimThreshold, mapThreshold): (CInt, CInt) = (-1, -3)
    // Naming one of the two ends the library's own adaptation of both. 32 MB are the most that it takes for the second.
    _ = set(trimThreshold, 256 << 20)
    _ = set(mapThreshold, 32 << 20)
  }

  // MARK: Within this module

  /// The processors that this process's affinity allows, which OpenBLAS asks for anyway.
  static var availableProcessors: Int { max(1, Int(openblas_get_num_procs())) }

  /// Limits OpenBLAS to one thread, once, before its first use.
  @inline(__always) static func pinned() { _ = pin }
  private static let pin: Void = openblas_set_num_threads(1)

  static func letter(_ character: Unicode.Scalar) -> CChar { CChar(truncatingIfNeeded: character.value) }
}

extension String {
  fileprivate func caseInsensitiveEquals(_ other: String) -> Bool { lowercased() == other.lowercased() }
}
