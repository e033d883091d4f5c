import COpenBLAS
import Testing

@testable import SpectraLinearAlgebra

@Suite("The backend")
struct BackendTests {
  @Test("Names and files are found")
  func names() throws {
    #expect(Backend.name.contains("OpenBLAS"))
    #expect(!Backend.name.contains("  "))
    #expect(!Backend.core.isEmpty)
    #expect(Backend.availableProcessors >= 1)
    #if os(Linux)
      let library = try #require(Backend.lapackLibrary)
      #expect(library.hasPrefix("/"))
      #expect(library.contains("blas") || library.contains("lapack"))
    #endif
  }

  @Test("OpenBLAS runs one thread after its first use, whatever was set before")
  func oneThread() {
    let one = Tensor<Double>.identity(2)
    #expect(one.multiplied(by: one) == one)
    #expect(openblas_get_num_threads() == 1)
  }

  struct CoreRow: Sendable, CustomTestStringConvertible {
    var chosen: String
    var flags: String
    var configuration = "OpenBLAS 0.3.21 NO_AFFINITY DYNAMIC_ARCH MAX_THREADS=64"
    var expected: String?
    var testDescription: String { "\(chosen) with \(flags.isEmpty ? "no flags" : flags) in \(configuration)" }
  }

  static let skylake = "fma avx2 avx512f avx512dq avx512cd avx512bw avx512vl"
  static let cores: [CoreRow] = [
    // An OpenBLAS that falls back to narrow kernels on a processor that has all of SkylakeX's instructions.
    .init(chosen: "Haswell", flags: skylake, expected: "SkylakeX"),
    .init(chosen: "Zen", flags: skylake + " avx512_bf16", expected: "SkylakeX"),
    .init(chosen: "ZEN", flags: skylake, expected: "SkylakeX"),
    .init(chosen: "haswell", flags: skylake, expected: "SkylakeX"),
    .init(chosen: "Sandybridge", flags: skylake, expected: "SkylakeX"),
    .init(chosen: "Nehalem", flags: skylake, expected: "SkylakeX"),
    .init(chosen: "Prescott", flags: skylake, expected: "SkylakeX"),
    // It chose wide kernels by itself.
    .init(chosen: "SkylakeX", flags: skylake, expected: nil),
    .init(chosen: "Cooperlake", flags: skylake + " avx512_bf16", expected: nil),
    .init(chosen: "Sapphirerapids", flags: skylake, expected: nil),
    // The processor lacks one of them: SkylakeX would die of an illegal instruction.
    .init(chosen: "Haswell", flags: "fma avx2", expected: nil),
    .init(chosen: "Haswell", flags: "", expected: nil),
    .init(chosen: "Haswell", flags: "avx512f avx512cd avx512er avx512pf", expected: nil),
    .init(chosen: "Zen", flags: "avx512f avx512dq avx512cd avx512bw", expected: nil),
    // One set of kernels only, or another architecture.
    .init(chosen: "Haswell", flags: skylake, configuration: "OpenBLAS 0.3.21 Haswell MAX_THREADS=64", expected: nil),
    .init(chosen: "armv8", flags: "", expected: nil),
    .init(chosen: "", flags: skylake, expected: nil),
  ]

  @Test("A better core is named only where it would run and be faster", arguments: cores)
  func recommendedCore(row: CoreRow) {
    let flags = Set(row.flags.split(separator: " "))
    #expect(
      Backend.recommendedCore(chosen: row.chosen, processorFlags: flags, configuration: row.configuration)
        == row.expected)
  }

  @Test("Here, a better core is never the one that runs")
  func betterCore() {
    #expect(Backend.betterCore == nil || Backend.betterCore != Backend.core)
  }
}
