import Spectra

extension Bench {
  /// How seconds grow along one size of a job.
  private struct Series {
    var over: String
    var jobs: [Job]
    var size: (Job) -> Int
    /// Which parts of a run, each with the operations that it should grow like and the law that those follow.
    var parts: [(name: String, seconds: (Measurement.Run) -> Double, work: (Job) -> Double, law: String)]
  }

  /// Slopes of log seconds over log size by least squares, beside those of the operation counts over the same sizes.
  func growth() throws -> Table {
    let rows = try series.flatMap { series -> [[String]] in
      let jobs = series.jobs.filter { $0.architecture.size <= largest }
      guard jobs.count > 1 else { return [] }
      let measured = try jobs.map { try measure($0, for: "growth over \(series.over)").runs }
      let sizes = jobs.map { Double(series.size($0)) }
      return series.parts.map { part in
        let seconds = measured.map { $0.map(part.seconds).median }
        return [
          part.name, series.over, sizes.map { $0.fixed(0) }.joined(separator: ", "),
          seconds.map(\.timed).joined(separator: ", "), slope(sizes, seconds).fixed(2),
          slope(sizes, jobs.map(part.work)).fixed(2), part.law,
        ]
      }
    }
    return Table(
      name: "growth", header: ["time of", "over", "sizes", "median seconds", "slope", "expected", "law"], rows: rows)
  }

  private var series: [Series] {
    let values = (
      name: "singular values", seconds: { (run: Measurement.Run) in run.singularValues },
      work: { (job: Job) in job.singularValueOperations }, law: "N³"
    )
    func jacobian(_ law: String) -> (String, (Measurement.Run) -> Double, (Job) -> Double, String) {
      ("Jacobian", \.jacobian, \.jacobianOperations, law)
    }
    return [
      Series(
        over: "N, by width (16 tokens)", jobs: [16, 32, 64, 128, 256].map { job(tokens: 16, width: $0) },
        size: \.architecture.size, parts: [jacobian("N³ for d ≫ n"), values]),
      Series(
        over: "N, by tokens (width 64)",
        jobs: [4, 8, 16, 32, 64].map { job(tokens: $0, width: 64, singularValues: false) },
        size: \.architecture.size, parts: [jacobian("N² for n ≪ 3·d")]),
      Series(
        over: "layers (16 × 32)",
        jobs: [12, 24, 48, 96, 192].map { job(tokens: 16, width: 32, depth: $0, singularValues: false) },
        size: \.architecture.depth, parts: [jacobian("layers")]),
      Series(
        over: "samples (8 × 32)", jobs: [1, 2, 4, 8, 16].map { job(tokens: 8, width: 32, samples: $0) },
        size: \.samples,
        parts: [("both", \.total, { $0.jacobianOperations + $0.singularValueOperations }, "samples")]),
    ]
  }
}
