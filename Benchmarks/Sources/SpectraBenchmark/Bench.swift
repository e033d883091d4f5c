import Spectra

/// What the tables of one run have in common. Each table is an extension in a file of its own or below.
struct Bench {
  var connection: Connection
  var precision: Precision
  var depth: Int
  var largest: Int
  var repetitions: Int
  var threads: Int
  var lines: JSONLines
  /// GFLOP/s of matrix products, on all threads and on one.
  var peak = Double.nan
  var singlePeak = Double.nan

  func job(tokens: Int, width: Int, depth: Int? = nil, samples: Int = 1, singularValues: Bool = true) -> Job {
    Job(
      architecture: .transformer(
        connection.benchmarked, depth: depth ?? self.depth, width: width, tokens: tokens, heads: 4),
      precision: precision, samples: samples, singularValues: singularValues)
  }

  /// A measured job as it stands in a file.
  private struct Line: Encodable {
    var kind = "measurement"
    var table: String
    var depth, tokens, width, size, samples: Int
    var precision: Precision
    var threads: Int
    var secondsJacobian: [Double]
    var secondsForwardPass: [Double]
    var secondsSvd: [Double]
    var secondsTotal: [Double]
    var plannedOperations: Double
    var peakMemoryBytes: Int
  }

  func measure(_ job: Job, for table: String) throws -> Measurement {
    let architecture = job.architecture
    let samples = job.samples == 1 ? "" : ", \(job.samples) samples"
    progress("\(table): \(architecture.depth) layers, \(architecture.tokens) × \(architecture.width)\(samples)")
    let measurement = try job.measure(repetitions: repetitions, threads: threads)
    let runs = measurement.runs
    try lines.write(
      Line(
        table: table, depth: architecture.depth, tokens: architecture.tokens, width: architecture.width,
        size: architecture.size, samples: job.samples, precision: precision, threads: threads,
        secondsJacobian: runs.map(\.jacobian), secondsForwardPass: runs.map(\.forwardPass),
        secondsSvd: job.singularValues ? runs.map(\.singularValues) : [], secondsTotal: runs.map(\.total),
        plannedOperations: measurement.plannedOperations, peakMemoryBytes: measurement.peakMemory))
    return measurement
  }
}

// MARK: - By size

extension Bench {
  /// Tokens and width; N doubles from row to row.
  private static let sizes = [(4, 16), (8, 16), (8, 32), (8, 64), (16, 64), (16, 128), (16, 256)]

  /// To be measured before anything that takes memory, since a process does not give all of it back.
  func measuredSizes() throws -> [(Job, Measurement)] {
    try Self.sizes.filter { $0.0 * $0.1 <= largest }.map { tokens, width in
      let job = job(tokens: tokens, width: width)
      return (job, try measure(job, for: "sizes"))
    }
  }

  func sizes(_ measured: [(Job, Measurement)]) -> Table {
    let rows = measured.map { job, measurement in
      let jacobian = measurement.runs.map(\.jacobian)
      let values = measurement.runs.map(\.singularValues)
      let rate = job.jacobianOperations * 1e-9 / jacobian.median
      let valueRate = job.singularValueOperations * 1e-9 / values.median
      return [
        "\(job.architecture.size)", "\(job.architecture.tokens) × \(job.architecture.width)", jacobian.spread,
        rate.fixed(1), (rate / peak).percent, values.spread, valueRate.fixed(1), (valueRate / singlePeak).percent,
        measurement.peakMemory.mebibytes,
      ]
    }
    return Table(
      name: "sizes",
      header: [
        "N", "tokens × width", "Jacobian, s", "GFLOP/s", "of peak", "singular values, s", "GFLOP/s", "of peak",
        "peak MiB",
      ], rows: rows)
  }
}

// MARK: - The floor

extension Bench {
  /// Jobs beside the least time that they could take: the products of our plans at the peak measured in this run, and
  /// the singular values as measured here, with one thread for each matrix.
  func floor() throws -> Table {
    let jobs = [
      job(tokens: 4, width: 16, depth: 64, samples: 10), job(tokens: 16, width: 64, depth: 64),
      job(tokens: 16, width: 128), job(tokens: 8, width: 64, samples: 8), job(tokens: 16, width: 64, samples: 8),
      job(tokens: 16, width: 256),
    ]
    let rows = try jobs.filter { $0.architecture.size <= largest }.map { job in
      let measurement = try measure(job, for: "floor")
      let runs = measurement.runs
      let products = measurement.plannedOperations * 1e-9 / peak
      let values = runs.map(\.singularValues).median
      let jacobian = runs.map(\.jacobian).median
      let total = runs.map(\.total).median
      return [
        "\(job.architecture.depth)", "\(job.architecture.tokens) × \(job.architecture.width)", "\(job.samples)",
        (job.jacobianOperations * 1e-9).fixed(1), (measurement.plannedOperations * 1e-9).fixed(1), products.timed,
        jacobian.timed, (jacobian / products).fixed(2), runs.map(\.forwardPass).median.timed, values.timed,
        (products + values).timed, total.timed, (total / (products + values)).fixed(2),
      ]
    }
    return Table(
      name: "floor",
      header: [
        "layers", "tokens × width", "samples", "useful GFLOP", "planned GFLOP", "at the peak, s", "Jacobian, s",
        "/ peak",
        "of it forward pass, s", "singular values, s", "floor, s", "all, s", "all / floor",
      ], rows: rows)
  }
}
