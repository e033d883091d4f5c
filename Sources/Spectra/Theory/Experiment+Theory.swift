extension Experiment {
  /// How many sets of random matrices a p-value is taken from.
  public enum TheoryDraws: Sendable, Equatable {
    /// As many as take about as long as the spectra themselves: 19 to 199, none where even 19 take minutes.
    case automatic
    /// So many; 0 for no p-value.
    case count(Int)
  }

  /// What theory says of each panel of a run of this experiment, and how far its spectra are from it.
  ///
  /// A p-value is the share of sets of random matrices, of the law's own ensemble and of the networks' size, as many as there are
  /// samples, that are at least as far from the law: it takes the finite size and the repulsion of singular values into account,
  /// which the distribution of Kolmogorov for independent values does not. They are drawn from the configuration's seed.
  ///
  /// - Parameters:
  ///   - spectra: what `run` or `spectra` gave.
  ///   - draws: how many sets.
  ///   - threads: how many matrices at once; nil is the number of processors. Numbers do not depend on it.
  ///   - progress: called after each matrix with the number done and the number of all.
  /// - Returns: one record for each panel, in their order. Where a law cannot be computed its `reason` says why.
  public func theory(
    of spectra: [SpectrumRecord], draws: TheoryDraws = .automatic, threads: Int? = nil,
    progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
  ) -> [TheoryRecord] {
    let samples = PanelSamples(spectra)
    let answers = samples.panels.map { panel in
      var answer = answer(for: panel, spectra: samples[panel].compactMap(\.spectrum))
      if sharesWeights, answer.samples > 1 {
        answer.simulation = nil
        answer.record.comparison?.zScore = nil
        answer.record.reason =
          "No p-value and no z: the samples share their weights, so that they say no more than one of them."
      }
      return answer
    }
    let sets = answers.map { answer in
      answer.simulation.map { Self.sets(draws, of: $0, samples: answer.samples) } ?? 0
    }
    let total = zip(answers, sets).reduce(0) { $0 + $1.0.samples * $1.1 }
    let done = Counter()
    if total > 0 { progress?(0, total) }
    return zip(answers, sets).enumerated().map { number, element in
      var (answer, sets) = element
      guard sets > 0, let simulation = answer.simulation else {
        if case .automatic = draws, answer.simulation != nil {
          answer.record.reason =
            "No p-value: simulating random matrices of this size takes minutes; ask for a number of them to have one."
        }
        return answer.record
      }
      let keys = (0..<sets * answer.samples).map {
        RandomKey(seed: configuration.seed, sample: $0, purpose: "theory", layer: number << 20)
      }
      let found = Parallel.map(keys, threads: Parallel.workers(threads)) { key -> Spectrum? in
        let spectrum = try? simulation.ensemble.spectrum(
          size: simulation.size, key: key, isDense: simulation.isDense)
        progress?(done.increment(), total)
        return spectrum
      }
      let all = found.compactMap { $0 }
      guard all.count == keys.count else {
        answer.record.reason = "No p-value: a random matrix of the law's ensemble could not be decomposed."
        return answer.record
      }
      // All are compared where all are known: above the floor of the dense products.
      let cut = simulation.isDense ? all.compactMap(\.unresolvedBelow).max() : nil
      let measured = simulation.distance(answer.spectra, cut) ?? 0
      var atLeastAsFar = 0
      for set in 0..<sets {
        let own = Array(all[set * answer.samples..<(set + 1) * answer.samples])
        if let distance = simulation.distance(own, cut), distance >= measured { atLeastAsFar += 1 }
      }
      answer.record.comparison?.pValue = Double(1 + atLeastAsFar) / Double(1 + sets)
      answer.record.comparison?.draws = sets
      answer.record.comparison?.simulatedLogUpperEdge = Distribution(all.map { $0.logSingularValues.first }).median
      if all.allSatisfy({ $0.unresolved == 0 }) {
        answer.record.comparison?.simulatedVarianceLog = TheoryRecord.Comparison.varianceLog(of: all)
      }
      return answer.record
    }
  }

  /// Whether samples differ in their inputs alone.
  private var sharesWeights: Bool { configuration.vary == .input }

  // MARK: One panel

  /// A panel's record but for the p-value, and how that is found.
  private struct Answer: Sendable {
    var record: TheoryRecord
    /// Those of the samples that were compared.
    var spectra: [Spectrum] = []
    var simulation: Simulation?

    var samples: Int { spectra.count }
  }

  private struct Simulation: Sendable {
    var ensemble: RandomMatrixEnsemble
    var size: Int
    /// Whether few values of the law lie below what dense products know.
    var isDense: Bool
    /// The distance of a set from the law above a cut, its parameter fitted again where it was fitted; nil where that fails.
    var distance: @Sendable (_ set: [Spectrum], _ cut: Double?) -> Double?

    init(
      _ ensemble: RandomMatrixEnsemble, size: Int, _ prediction: TheoryRecord.Prediction,
      distance: @escaping @Sendable ([Spectrum], Double?) -> Double?
    ) {
      (self.ensemble, self.size, self.distance) = (ensemble, size, distance)
      let floor = (prediction.logUpperEdge ?? 0) - RandomMatrixEnsemble.denseReach(size: size)
      isDense = prediction.curve.cumulative(at: floor) - prediction.curve.zeroMass < 0.25
    }
  }

  private func answer(for panel: Panel, spectra: [Spectrum]) -> Answer {
    var record = TheoryRecord(panel: panel)
    guard
      let network = cases.first(where: {
        $0.label == panel.architecture && $0.architecture.depth == panel.depth
      })
    else {
      record.reason = "The experiment has no such network."
      return Answer(record: record)
    }
    let architecture = network.architecture
    let theory = StackTheory(
      architecture, initializer: loaded == nil ? network.initializer : nil, input: inputMoments(of: architecture))
    do throws(TheoryError) {
      switch try theory.coverage(throughLayer: panel.layer) {
      case .none(let reason):
        record.reason = reason
        return Answer(record: record)
      case .law(let law):
        var prediction = try law.prediction()
        if !sharesWeights || spectra.count < 2 {
          prediction.note = prediction.note ?? lyapunovNote(of: network, layers: panel.layer, spectra)
        }
        if let spread = TheoryRecord.Comparison.spreadOfLogMeanSquared(of: spectra),
          spread > TheoryRecord.Comparison.largestSpread, !sharesWeights
        {
          prediction.note =
            (prediction.note.map { $0 + " " } ?? "")
            + "No z: the mean of σ² differs between samples by factors of \(NumberText.significantExp(spread)), so that a mean over "
            + "\(spectra.count) is far below the law's."
        }
        record.prediction = prediction
        record.comparison = TheoryRecord.Comparison(of: spectra, with: prediction)
        guard record.comparison != nil else {
          record.reason = "No sample has a spectrum to compare with."
          return Answer(record: record)
        }
        let curve = prediction.curve
        return Answer(
          record: record, spectra: spectra.filter { $0.count > 0 },
          simulation: Simulation(law.ensemble, size: architecture.size, prediction) {
            kolmogorovSmirnovDistance(of: $0, from: curve, above: $1)
          })
      case .residual(let logScale, let branches, let why):
        return try fitted(
          record, spectra: spectra, logScale: logScale, branches: branches, why: why, size: architecture.size)
      }
    } catch {
      record.reason = "\(error)"
      return Answer(record: record)
    }
  }

  private func fitted(
    _ record: TheoryRecord, spectra: [Spectrum], logScale: Double, branches: Int, why: String, size: Int
  ) throws(TheoryError) -> Answer {
    var record = record
    guard let strength = ResidualLaw.strength(fittedTo: spectra, logScale: logScale) else {
      record.reason = "No sample has a spectrum to fit the law of residual stacks to."
      return Answer(record: record)
    }
    let perBranch = Double.exp(strength / Double(branches)) - 1
    guard strength >= 0 else {
      record.reason =
        "The law of residual stacks has a mean of σ² above that of the skips alone, but the measured one is below it."
      return Answer(record: record)
    }
    // tr B/N of the branches moves the mean of σ² by twice itself, and that of ln σ, which the law has at the skips', by itself.
    let logarithms = spectra.flatMap(\.logSingularValues)
    let shift = abs(logarithms.reduce(0, +) / Double(max(logarithms.count, 1)) - logScale)
    guard 4 * shift <= strength || strength == 0 else {
      record.reason =
        "c cannot be fitted to the mean of σ²: of c = \(NumberText.significant(strength)) the branches' trace is about "
        + "\(NumberText.significant(2 * shift)), twice what the mean of ln σ is off by; more samples or wider networks have less of it."
      return Answer(record: record)
    }
    guard perBranch <= StackTheory.largestBranch else {
      record.reason = StackTheory.tooLarge(perBranch, of: "the mean of σ² says")
      return Answer(record: record)
    }
    var prediction = try ResidualLaw(strength: strength, logScale: logScale).prediction()
    prediction.fitted = "\(why.dropLast()), so c was fitted to the mean of σ² of these spectra."
    record.prediction = prediction
    record.comparison = TheoryRecord.Comparison(of: spectra, with: prediction)
    let ensemble = RandomMatrixEnsemble(
      branches: Array(repeating: perBranch, count: branches), logScale: logScale)
    return Answer(
      record: record, spectra: spectra.filter { $0.count > 0 },
      simulation: Simulation(ensemble, size: size, prediction) { set, cut in
        guard let own = ResidualLaw.strength(fittedTo: set, logScale: logScale),
          let law = try? ResidualLaw(strength: max(own, 0), logScale: logScale), let curve = try? law.curve(points: 128)
        else { return nil }
        return kolmogorovSmirnovDistance(of: set, from: curve, above: cut)
      })
  }

  /// The Lyapunov exponents of linear Gaussian stacks beside the exact ones, a sentence; nil where there are none.
  private func lyapunovNote(of network: ExperimentCase, layers: Int, _ spectra: [Spectrum]) -> String? {
    let architecture = network.architecture
    guard architecture.activation.name == .linear, architecture.connection.name == .vanilla, architecture.block == .fc,
      let law = network.initializer.moments(of: .fullyConnected, in: architecture),
      law.elements == .independent(isNormal: true),
      let found = try? LyapunovComparison(of: spectra, layers: layers, sigmaW: law.gain.squareRoot())
    else { return nil }
    func text(_ row: LyapunovComparison.Row) -> String {
      "\(NumberText.significant(row.measured, digits: 4)), exact \(NumberText.significant(row.exact, digits: 4)) (z = "
        + "\(NumberText.significant(row.zScore, digits: 2)))"
    }
    let first = found.exponents.first.flatMap { $0.isSeparated ? ", the largest \(text($0))" : nil } ?? ""
    return "Lyapunov exponents per layer: their mean \(text(found.mean))\(first)."
  }

  /// Moments of the inputs' elements: of N(0, 1) elements exactly, else of the samples' own.
  private func inputMoments(of architecture: Architecture) -> InputMoments {
    if case .gaussian = configuration.input { return InputMoments() }
    let samples = configuration.firstSample..<configuration.firstSample + configuration.samples
    var (sum, squares, count) = (0.0, 0.0, 0.0)
    for sample in input.isShared ? samples.prefix(1) : samples[...] {
      for element in input.value(sample: sample).elements.prefix(architecture.size) {
        sum += element
        squares += element * element
        count += 1
      }
    }
    return count == 0 ? InputMoments() : InputMoments(mean: sum / count, meanSquare: squares / count)
  }

  // MARK: Cost

  private static func sets(_ draws: TheoryDraws, of simulation: Simulation, samples: Int) -> Int {
    guard case .count(let count) = draws else {
      let (size, factors) = (Double(simulation.size), Double(simulation.ensemble.count))
      // Multiply-adds, in units of N³, of what one matrix takes: dense, or as a resolved product.
      let perMatrix = simulation.isDense ? 2 * factors + 30 : 8 * factors + 100
      let cost = Double(samples) * perMatrix * size * size * size
      if 19 * cost > 1e12 { return 0 }
      return min(max(Int(1e11 / cost), 19), 199)
    }
    return count
  }
}
