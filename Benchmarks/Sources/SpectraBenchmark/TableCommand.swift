import ArgumentParser
import Foundation
import Spectra

struct TableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table",
    abstract: "Times Jacobians and singular values by size, how they grow, and how far they are from the floor.",
    discussion: """
      sizes: 64 to 2048 inputs. growth: slopes of log seconds over log size. floor: jobs beside the time that their \
      matrix products would take at the machine's peak, and their singular values.

      GFLOP/s are those of useful work, whatever the program really does: 2·(12·d² + 4·n·d) operations for each layer, \
      tangent and token (n tokens of width d), which is what pushing every tangent through every product costs, and \
      8/3 N³ for singular values. Their share is that of products of square matrices on as many threads (singular \
      values of one matrix: on one), measured in the same run; above 100 % where a plan does less work than the direct \
      push. Peak memory is the whole process's, in the row.
      """)

  enum Part: String, CaseIterable { case sizes, growth, floor }

  @Option(help: "Connection of skip, norm and branch.", transform: named) var arch = Connection.postLN
  @Option(help: "double or float.", transform: named) var precision = Precision.double
  @Option(help: "Layers, where they do not vary.") var depth = 12
  @Option(help: "Largest number of inputs N = tokens · width.") var largest = 2048
  @Option(parsing: .upToNextOption, help: "Which tables: sizes, growth, floor (all).", transform: named) var parts =
    Part
    .allCases
  @Option(help: "Also write every measurement, and the tables, into this file as lines of JSON.") var json: String?
  @OptionGroup var options: RunOptions

  func validate() throws {
    if depth < 1 { throw ValidationError("--depth \(depth): at least 1 is needed.") }
    if largest < 64 { throw ValidationError("--largest \(largest): the smallest size is 64.") }
  }

  func run() throws {
    let lines = try JSONLines(path: json)
    let machine = Machine()
    try lines.write(machine)
    var bench = Bench(
      connection: arch, precision: precision, depth: depth, largest: largest, repetitions: options.repetitions,
      threads: options.threads, lines: lines)
    let sizes = parts.contains(.sizes) ? try bench.measuredSizes() : []
    progress("matrix products")
    let peaks = Set([1, options.threads]).sorted().map { MatrixProductPeak(precision, threads: $0) }
    for peak in peaks { try lines.write(peak) }
    (bench.peak, bench.singlePeak) = (peaks.last?.gflops ?? .nan, peaks.first?.gflops ?? .nan)

    print(machine.summary)
    let rates = peaks.map { "\($0.gflops.fixed(1)) GFLOP/s on \($0.threads) \($0.threads == 1 ? "thread" : "threads")" }
    print("products of square matrices, \(precision.rawValue): \(rates.joined(separator: ", "))")
    print(
      "\(arch.rawValue), \(depth) layers unless said otherwise, \(options.threads) threads; "
        + "min – median – max of \(options.repetitions) repetitions")
    for part in Part.allCases where parts.contains(part) {
      let table =
        switch part {
        case .sizes: bench.sizes(sizes)
        case .growth: try bench.growth()
        case .floor: try bench.floor()
        }
      try lines.write(table)
      print("\n" + table.markdown)
    }
  }
}
