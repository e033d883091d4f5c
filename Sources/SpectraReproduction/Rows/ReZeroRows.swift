import Spectra

/// C1 to C5: what the ReZero paper and its authors' notebook say of Transformer encoders at initialisation.
enum ReZeroRows {
  static let tasks = [notebook, layerNormNulls, uniformAttention]

  private static let paper = "Bachlechner et al. 2020, ReZero is All You Need, arXiv 2003.04887"
  private static let sizes = "4 tokens of width 16, 4 heads, hidden width 64, ReLU, packed Xavier uniform"

  // MARK: C1 to C4, of one run of the figure

  private static let notebook = ReproductionTask(published + figure) { workspace in
    let record = try Figure5().run(threads: workspace.threads)
    let published = try (record.published ?? []).map { row in
      guard let measured = row.measured else { throw ReproductionFailure("A sample of \(row.architecture) failed.") }
      return MeasuredValue(measured)
    }
    func spectra(_ label: String, _ depth: Int) -> [Spectrum] {
      record.spectra.filter { $0.architecture == label && $0.depth == depth }.compactMap(\.spectrum)
    }
    let shallow = spectra("post-ln", 4).flatMap(\.logSingularValues)
    let deep = spectra("post-ln", 64)
    let unit = HistogramAxis.LogBase.ten.naturalLog
    let axis = try HistogramAxis(
      lower: (shallow.min() ?? 0) / unit, upper: (shallow.max() ?? unit) / unit, bins: 10, logBase: .ten)
    let counts = axis.counts(of: shallow)
    let highest = counts.indices.max { counts[$0] < counts[$1] } ?? 0
    let lost = deep.reduce(0) { $0 + $1.zeros + $1.unresolved }
    return published + [
      MeasuredValue(Double(Self.peaks(of: counts))),
      MeasuredValue(axis.lower + (Double(highest) + 0.5) * axis.binWidth),
      MeasuredValue(Double(lost) / Double(deep.reduce(0) { $0 + $1.count })),
      MeasuredValue(spectra("rezero:alpha=0", 64).flatMap(\.logSingularValues).map(abs).max() ?? .nan),
    ]
  }

  private static let published = Figure5.notebook.map { row in
    ReproductionLine(
      "\(row.depth == 12 ? "C1" : "C2").\(row.label.prefix { $0 != ":" })",
      source: "notebook ReZero-Deep_Fast_Transformer of the authors of arXiv 2003.04887, cell “signal propagation”",
      quantity: "mean σ², \(row.label), \(row.depth) layers",
      settings: "\(sizes); 10 networks, PyTorch's generator with seed 0, single precision",
      published: .value(row.meanSquared, decimals: 3), criterion: .printedDigits)
  }

  private static let figure = [
    ReproductionLine(
      "C3.peaks-4", source: "\(paper), figure 5a", quantity: "peaks of the histogram of log10 σ, Post-LN, 4 layers",
      settings: "as C1; ten bins between the least and the greatest value above the noise floor",
      published: .value(1),
      criterion: .tolerance(
        0,
        because: "the shape alone is published, as unimodal; a peak counts where it stands 3 √counts above its valleys")
    ),
    ReproductionLine(
      "C3.peak-4", source: "\(paper), figure 5a", quantity: "log10 σ of the highest bin, Post-LN, 4 layers",
      settings: "as C3.peaks-4", published: .interval(lower: -1, upper: 0),
      criterion: .bounds("the shape alone is published, as a peak slightly below 0, read as within one decade")),
    ReproductionLine(
      "C3.lost-64", source: "\(paper), figure 5a", quantity: "share of σ below single precision, Post-LN, 64 layers",
      settings: "as C1", published: .interval(lower: 0.5, upper: nil),
      criterion: .bounds("the shape alone is published, as a large number that vanish, read as at least half")),
    ReproductionLine(
      "C4.rezero-64", source: "\(paper), figure 5b", quantity: "largest |ln σ|, ReZero, 64 layers, α = 0",
      settings: "as C1", published: .value(0),
      criterion: .tolerance(0, because: "J is the identity, and no product of it rounds")),
  ]

  /// The number of peaks, leaving out those that rise from the deeper of their valleys by less than three standard
  /// deviations of the difference of two counts.
  static func peaks(of counts: [Int]) -> Int {
    func isAbove(_ high: Int, _ low: Int) -> Bool {
      Double(high - low) > 3 * Double(high + low).squareRoot()
    }
    // Along the bins a summit is confirmed once the counts have fallen clearly below it, a valley once they have risen.
    var (peaks, summit, valley, isRising) = (0, 0, 0, true)
    for count in counts + [0] {
      if isRising {
        summit = max(summit, count)
        if isAbove(summit, count) { (peaks, valley, isRising) = (peaks + 1, count, false) }
      } else {
        valley = min(valley, count)
        if isAbove(count, valley) { (summit, isRising) = (count, true) }
      }
    }
    return peaks
  }

  // MARK: C5

  private static let layerNormNulls = ReproductionTask(
    [1, 4, 12].map { depth in
      ReproductionLine(
        "C5.layernorm-\(depth)", source: "\(paper), section 2",
        quantity: "null σ of Post-LN, \(layers(depth)): 2 a token",
        settings: "\(sizes), LayerNorm without ε, \(samples) networks, resolved spectra", published: .value(8),
        criterion: .tolerance(0, because: "a count, the mean over networks"))
    }
  ) { workspace in
    try [1, 4, 12].map { depth in
      var configuration = Configuration()
      configuration.architectures = [try ArchitectureSpecification(text: "post-ln:norm=layernorm:eps=0")]
      configuration.depths = [depth]
      configuration.samples = samples
      configuration.method = .resolved
      return MeasuredValue(
        MeasuredValue(meanOf: try workspace.spectra(of: configuration).map { Double($0.zeros) }).value)
    }
  }

  private static let samples = 10

  private static let uniformAttention = ReproductionTask(
    ReproductionLine(
      "C5.uniform-attention", source: "\(paper), section 2",
      quantity: "σ of uniform attention that are not null: one a feature",
      settings:
        "\(sizes), attention alone with W^Q = 0, \(samples) networks", published: .value(16),
      criterion: .tolerance(0, because: "a count, the mean over networks"))
  ) { workspace in
    let (tokens, width) = (4, 16)
    let counts = try workspace.samples(samples) { sample in
      let random = RandomKey(seed: 0, sample: sample, purpose: .weights)
      var attention = SelfAttention<Double>(width: width, heads: 4, random: random)
      for element in 0..<(width * width) { attention.inputProjection.weight.elements[element] = 0 }
      let input = gaussianInput(tokens: tokens, width: width, sample: sample)
      let spectrum = try Spectrum(ofJacobianOf: attention, at: input, method: .product)
      return Double(spectrum.logSingularValues.count)
    }
    return MeasuredValue(MeasuredValue(meanOf: counts).value)
  }
}

/// Independent N(0, 1) elements, shape `[tokens, width]`: the input of a sample, as the command line draws it.
func gaussianInput(tokens: Int, width: Int, sample: Int) -> Tensor<Double> {
  var stream = RandomKey(seed: 0, sample: sample, purpose: .input).stream("input")
  return Tensor(shape: [tokens, width], elements: stream.normals(count: tokens * width))
}
