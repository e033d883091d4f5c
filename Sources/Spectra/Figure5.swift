/// The ReZero paper's Figure 5 and the numbers its authors published for the same experiment.
///
/// Bachlechner et al. 2020, arXiv 2003.04887: histograms of the log singular values of the input–output Jacobian of (a)
/// a Transformer encoder at initialisation, 4, 12 and 64 layers deep, (b) a ReZero encoder of 64 layers. The paper does
/// not print its sizes; the authors' notebook *ReZero-Deep_Fast_Transformer* does for its own version: 4 tokens of width
/// 16, 4 heads, hidden width 64, ReLU, 10 fresh models, single precision, and the mean squared singular values at 12 and
/// 128 layers of Post-LN, Pre-LN and ReZero with α = 0.1. With PyTorch's generator, single precision and seed 0 the
/// notebook's own draws are repeated, so its numbers are met to the printed digit.
///
/// The panels of (a) come twice, of the same networks: `post-ln` as published, by the dense product, whose peak at the
/// left end is rounding noise of single precision, and `post-ln:method=resolved`, what is really there.
public struct Figure5: Sendable {
  /// The sizes and laws of the experiment; seed, generator, precision, samples, bins and range may be changed.
  ///
  /// `method` is that of the published panels, `product`; those that are resolved say so in their label.
  public var configuration: Configuration

  /// The experiment as published.
  public init() {
    configuration = Configuration()
    configuration.architectures = [.postLN, .preLN, .rezero]
    configuration.depths = [4, 12, 64]
    configuration.initializer = .rezeroNotebook
    configuration.rng = .torch
    configuration.precision = .float
    configuration.method = .product
    configuration.range = .explicit(lower: -11, upper: 4)
  }

  /// Runs the panels and the published comparison.
  ///
  /// - Throws: as `Experiment` does.
  public func run(
    threads: Int? = nil, command: [String] = [], progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
  ) throws -> RunRecord<Configuration> {
    let threads = Parallel.workers(threads)
    // The notebook's stream holds the three models of a sample one after the other, at every depth.
    let notebook = ([4, 12, 64] + (isPublishedRun ? [128] : [])).flatMap { depth in
      [panelCase(.postLN, depth: depth), panelCase(.preLN, depth: depth), panelCase(.rezero, depth: depth, alpha: 0.1)]
    }
    let identity = [panelCase(.rezero, depth: 64)]
    let runs: [(cases: [ExperimentCase], method: MethodChoice, wanted: String?)] = [
      (identity, .product, nil), (notebook, .product, nil),
      // The same networks once more: the rest of the stream is drawn, and not computed.
      (notebook.filter { $0.architecture.depth <= 64 }.map { $0.resolvedWherePostLN }, .resolved, Self.resolvedLabel),
    ]
    let counts = runs.map { run in
      run.cases.count { run.wanted == nil || $0.label == run.wanted } * configuration.samples
    }
    let total = counts.reduce(0, +)
    var spectra: [SpectrumRecord] = []
    for (index, run) in runs.enumerated() {
      var own = configuration
      own.method = run.method
      let before = counts[..<index].reduce(0, +)
      spectra += try Experiment(own, cases: run.cases).spectra(
        threads: threads, progress: { done, _ in progress?(before + done, total) },
        only: { run.wanted == nil || $0.label == run.wanted })
    }
    let panels =
      [4, 12, 64].flatMap { [("post-ln", $0), (Self.resolvedLabel, $0)] } + [4, 12, 64].map { ("pre-ln", $0) }
      + [("rezero:alpha=0", 64), ("rezero:alpha=0.1", 64)]
    let shown = panels.flatMap { label, depth in
      spectra.filter { $0.architecture == label && $0.depth == depth }
    }
    var record = try RunRecord(
      version: SpectraVersion.current, command: command,
      environment: Environment(backend: Backend.summary, core: Backend.core, threads: threads),
      configuration: recordedConfiguration, spectra: shown, bins: configuration.bins,
      logBase: configuration.logBase, range: configuration.range)
    if isPublishedRun { record.published = Self.comparison(spectra) }
    return record
  }

  /// The `config` of the record: what the notebook's stream held, beside the figure's own α = 0.
  public var recordedConfiguration: Configuration {
    var recorded = configuration
    recorded.method = .product
    recorded.depths = isPublishedRun ? [4, 12, 64, 128] : [4, 12, 64]
    recorded.alpha = 0.1
    return recorded
  }

  /// Whether the draws and the arithmetic are the notebook's.
  public var isPublishedRun: Bool {
    configuration.rng == .torch && configuration.seed == 0 && configuration.precision == .float
      && configuration.samples == 10 && configuration.firstSample == 0
  }

  /// The label of what the resolved method shows of `post-ln`.
  fileprivate static let resolvedLabel = "post-ln:method=resolved"

  private func panelCase(_ connection: Connection, depth: Int, alpha: Double = 0) -> ExperimentCase {
    let specification = ArchitectureSpecification(connection == .rezero ? .rezero(alpha: alpha) : Variant(connection))
    return ExperimentCase(
      label: specification.description, architecture: configuration.architecture(specification, depth: depth),
      initializer: configuration.law(specification))
  }

  // MARK: Published numbers

  /// Mean squared singular values, to three decimals, as the notebook's cell "signal propagation" prints them.
  package static let notebook: [(label: String, depth: Int, meanSquared: Double)] = [
    ("post-ln", 12, 0.810), ("pre-ln", 12, 10.242), ("rezero:alpha=0.1", 12, 1.059),
    ("post-ln", 128, 0.000), ("pre-ln", 128, 66.281), ("rezero:alpha=0.1", 128, 2.142),
  ]

  /// The published numbers beside the means over samples; they agree where all printed digits do.
  private static func comparison(_ spectra: [SpectrumRecord]) -> [Published] {
    notebook.map { row in
      let values = spectra.filter { $0.architecture == row.label && $0.depth == row.depth }
        .map { $0.statistics?.meanSquared }
      let known = values.compactMap { $0 }
      let mean = known.isEmpty || known.count < values.count ? nil : known.reduce(0, +) / Double(known.count)
      let rounded = mean.map { ($0 * 1000).rounded() / 1000 }
      return Published(
        quantity: "mean_squared", architecture: row.label, depth: row.depth, published: row.meanSquared,
        measured: mean, agrees: rounded.map { abs($0 - row.meanSquared) < 1e-9 } ?? false)
    }
  }
}

extension ExperimentCase {
  /// The same case, of Post-LN under the label of its resolved spectra.
  fileprivate var resolvedWherePostLN: ExperimentCase {
    var other = self
    if architecture.connection.name == .postLN { other.label = Figure5.resolvedLabel }
    return other
  }
}
