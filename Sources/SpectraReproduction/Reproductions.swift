import Spectra

/// Results of papers that need no training, each measured by this package's own networks.
///
/// Settings are the papers' where they state them, and else were fixed before the first run; all draws have the seed 0, so
/// that a run repeats. Nothing was chosen by its outcome. Where a limit was published and the measurement is of finite
/// size, the limit's value at that size is computed where a formula is known (`MeasuredValue.expected`); tolerances are not
/// widened instead.
///
/// ```swift
/// let record = try Reproductions.run(["C4", "C12"])
/// print(record.disagreements.isEmpty)
/// ```
public enum Reproductions {
  /// Every line that can be asked for, in the order of the list.
  public static var lines: [ReproductionLine] { tasks.flatMap(\.lines) }

  /// The names of rows and then those of lines, each once.
  public static var names: [String] { Self.names(of: lines) }

  private static func names(of lines: [ReproductionLine]) -> [String] { lines.map(\.row).uniqued + lines.map(\.id) }

  /// The lines that some names stand for: a row with all of its lines (`C10`), or one line (`C10.relu-gaussian-16`), each
  /// line once and in the order of the list; no name stands for all.
  ///
  /// - Throws: `ReproductionError.unknown` for the first name that is neither.
  public static func lines(_ names: [String]) throws(ReproductionError) -> [ReproductionLine] {
    let all = lines
    for name in names where !all.contains(where: { $0.isNamed(name) }) {
      throw .unknown(name, nearest: nearestName(to: name.uppercasedRow, among: Self.names(of: all)))
    }
    return names.isEmpty ? all : all.filter { line in names.contains { line.isNamed($0) } }
  }

  /// Measures what some names stand for.
  ///
  /// A computation that fails gives a result that says so and does not stop the others.
  ///
  /// - Parameters:
  ///   - names: rows or lines, as `lines(_:)` takes them.
  ///   - threads: how many networks are computed at once; nil is the number of processors. Numbers do not depend on it.
  ///   - command: what the record shall say was typed.
  ///   - progress: called after each computation with the number of lines done and of all.
  /// - Throws: `ReproductionError.unknown`.
  public static func run(
    _ names: [String] = [], threads: Int? = nil, command: [String] = [],
    progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
  ) throws(ReproductionError) -> ReproductionRecord {
    let wanted = Set(try lines(names).map(\.id))
    let workspace = ReproductionWorkspace(threads: Parallel.workers(threads))
    var results: [ReproductionResult] = []
    progress?(0, wanted.count)
    for task in tasks where task.lines.contains(where: { wanted.contains($0.id) }) {
      results += task.results(in: workspace).filter { wanted.contains($0.line.id) }
      progress?(results.count, wanted.count)
    }
    return ReproductionRecord(
      version: SpectraVersion.current, command: command,
      environment: Environment(backend: Backend.summary, core: Backend.core, threads: workspace.threads),
      results: results)
  }

  /// The computations, in the order of the list.
  static let tasks: [ReproductionTask] = [
    ReZeroRows.tasks, [XiongRows.task], IsometryRows.tasks, LayerNormRows.tasks, RankCollapseRows.tasks,
    ActivationTransformRows.tasks, SignalPreservationRows.tasks, DepthConstantRows.tasks, LyapunovRows.tasks,
    [FiniteWidthRows.fluctuations], ResidualRows.tasks, [FiniteWidthRows.explosion], OrthogonalRows.tasks,
  ].flatMap { $0 }
}

/// Why nothing can be reproduced.
public enum ReproductionError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A name that is neither a row nor a line.
  case unknown(String, nearest: String?)

  public var description: String {
    switch self {
    case .unknown(let name, let nearest):
      "'\(name)' is none of the results that 'spectra reproduce --list' prints"
        + (nearest.map { "; did you mean \($0)?" } ?? ".")
    }
  }
}

/// Lines that one computation gives.
struct ReproductionTask: Sendable {
  let lines: [ReproductionLine]
  /// The measurements, one for each line, in their order.
  let measure: @Sendable (ReproductionWorkspace) throws -> [MeasuredValue]

  init(_ lines: [ReproductionLine], measure: @escaping @Sendable (ReproductionWorkspace) throws -> [MeasuredValue]) {
    (self.lines, self.measure) = (lines, measure)
  }

  /// One line.
  init(_ line: ReproductionLine, measure: @escaping @Sendable (ReproductionWorkspace) throws -> MeasuredValue) {
    self.init([line]) { [try measure($0)] }
  }

  /// The judged lines; each of them says why where the computation failed.
  func results(in workspace: ReproductionWorkspace) -> [ReproductionResult] {
    do {
      let measurements = try measure(workspace)
      precondition(measurements.count == lines.count, "\(lines[0].row) has \(lines.count) lines.")
      return zip(lines, measurements).map { ReproductionResult($0, measurement: $1) }
    } catch {
      return lines.map { ReproductionResult($0, problem: "\(error)") }
    }
  }
}

extension ReproductionLine {
  /// Whether a name stands for this line or for its row, in either case.
  func isNamed(_ name: String) -> Bool {
    let name = name.lowercased()
    return name == id.lowercased() || name == row.lowercased()
  }
}

extension String {
  /// The name with its row in capitals, as rows are written.
  fileprivate var uppercasedRow: String { prefix { $0 != "." }.uppercased() + drop { $0 != "." } }
}
