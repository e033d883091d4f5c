import ArgumentParser
import Foundation
import Spectra

struct TableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table",
    abstract: "Times Jacobians and singular values from 64 to 2048 inputs, and how they grow with depth and samples.",
    discussion: """
      GFLOP/s are those of useful work, whatever the program really does: what pushing every tangent through every \
      product of the stack costs, and 8/3 N³ for singular values. Their share is that of products of square matrices \
      on as many threads (singular values: on one), measured in the same run. Peak memory is the whole process's.
      """)

  @Option(help: "Connection of skip, norm and branch.", transform: named) var arch = Connection.postLN
  @Option(help: "double or float.", transform: named) var precision = Precision.double
  @Option(help: "Layers.") var depth = 12
  @Option(help: "Largest number of inputs N = tokens · width.") var largest = 2048
  @OptionGroup var options: RunOptions

  /// Tokens and width; N doubles from row to row.
  private static let sizes = [(4, 16), (8, 16), (8, 32), (8, 64), (16, 64), (16, 128), (16, 256)]

  func validate() throws {
    if depth < 1 { throw ValidationError("--depth \(depth): at least 1 is needed.") }
    if largest < 64 { throw ValidationError("--largest \(largest): the smallest size is 64.") }
  }

  func run() throws {
    // Sizes ascend, so that the most memory held so far is the row's own.
    var rows: [(job: Job, durations: [Job.Duration], memory: Int)] = []
    for (tokens, width) in Self.sizes where tokens * width <= largest {
      let job = self.job(tokens: tokens, width: width, depth: depth)
      progress("N = \(job.architecture.size)")
      let durations = try job.measure(repetitions: options.repetitions, threads: options.threads)
      rows.append((job, durations, peakMemory))
    }
    let depths = [8, 16, 32, 64]
    let byDepth = try depths.map { depth in
      progress("depth \(depth)")
      var job = self.job(tokens: 16, width: 32, depth: depth)
      job.singularValues = false
      return try job.measure(repetitions: options.repetitions, threads: options.threads)
    }
    let samples = [2, 4, 8, 16]
    let bySamples = try samples.map { count in
      progress("\(count) samples")
      var job = self.job(tokens: 8, width: 32, depth: depth)
      job.samples = count
      return try job.measure(repetitions: options.repetitions, threads: options.threads)
    }
    progress("matrix products")
    let peak = matrixProductPeak(precision, threads: options.threads)
    let single = options.threads == 1 ? peak : matrixProductPeak(precision, threads: 1)

    print("\(processorName), \(Parallel.availableProcessors) processors, \(options.threads) threads; \(Backend.name)")
    print(
      "kernels \(Backend.core); products of square matrices: \(peak.fixed(1)) GFLOP/s, on one thread \(single.fixed(1))"
    )
    print(
      "\(arch.rawValue), \(depth) layers, \(precision.rawValue); min – median – max of \(options.repetitions) repetitions\n"
    )
    printTable(
      [
        "N", "tokens × width", "Jacobian, s", "GFLOP/s", "of peak", "singular values, s", "GFLOP/s", "of peak",
        "peak MiB",
      ],
      rows.map { job, durations, memory in
        let architecture = job.architecture
        let work = architecture.usefulJacobianOperations * 1e-9 / durations.map(\.jacobian).median
        let values = architecture.singularValueOperations * 1e-9 / durations.map(\.singularValues).median
        return [
          "\(architecture.size)", "\(architecture.tokens) × \(architecture.width)", durations.map(\.jacobian).spread,
          work.fixed(1), (100 * work / peak).fixed(0) + " %", durations.map(\.singularValues).spread, values.fixed(1),
          (100 * values / single).fixed(0) + " %", (Double(memory) / 1_048_576).fixed(0),
        ]
      })

    print("\nGrowth: slope of log seconds (medians) over log size by least squares, beside the one expected")
    // The feed-forward's share of an operation count is linear in n and quadratic in d; the counts know the mix.
    let large = rows.suffix(4)
    let sizes = large.map { Double($0.job.architecture.size) }
    printTable(
      ["of", "in", "over", "measured", "expected"],
      [
        growth(
          "Jacobian", "N", sizes, large.map { $0.durations.map(\.jacobian).median },
          expected: large.map(\.job.architecture.usefulJacobianOperations)),
        growth(
          "singular values", "N", sizes, large.map { $0.durations.map(\.singularValues).median },
          expected: large.map(\.job.architecture.singularValueOperations)),
        growth(
          "Jacobian", "depth", depths.map(Double.init), byDepth.map { $0.map(\.jacobian).median },
          expected: depths.map(Double.init)),
        growth(
          "both", "samples", samples.map(Double.init), bySamples.map { $0.map(\.total).median },
          expected: samples.map(Double.init)),
      ])
  }

  private func job(tokens: Int, width: Int, depth: Int) -> Job {
    Job(
      architecture: .transformer(arch, depth: depth, width: width, tokens: tokens, heads: 4), precision: precision,
      singularValues: true)
  }

  private func growth(
    _ what: String, _ variable: String, _ sizes: [Double], _ seconds: [Double], expected: [Double]
  ) -> [String] {
    let range = "\(Int(sizes.first ?? 0)) … \(Int(sizes.last ?? 0))"
    return [what, variable, range, slope(sizes, seconds).fixed(2), slope(sizes, expected).fixed(2)]
  }

  /// What is being measured, for somebody who waits at a terminal.
  private func progress(_ text: String) {
    if isatty(STDERR_FILENO) == 1 { FileHandle.standardError.write(Data("\r\u{1B}[K\(text) …\r".utf8)) }
  }
}

private var processorName: String {
  let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
  let line = lines.first { $0.hasPrefix("model name") }
  return line?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces) ?? "unknown processor"
}
