import SpectraLinearAlgebra

// One sample: from its draws to its records.

extension Experiment {
  /// The spectrum of one layer's Jacobian, or why there is none.
  private enum Outcome: Sendable {
    case spectrum(Spectrum)
    /// The forward pass left the range of the precision: no method helps.
    case deadForwardPass(SpectrumRecord.Failure, String)
    case failure(SpectrumRecord.Failure, String)
  }

  /// The records of one sample: one for each layer asked for.
  func records(
    of task: ExperimentTask, threads: Int, export: (@Sendable (ExportedSample) throws -> Void)?
  ) throws -> [SpectrumRecord] {
    let layers = configuration.layers.layers(ofDepth: task.network.architecture.depth)
    let outcomes: [Int: Outcome]
    do {
      outcomes = try self.outcomes(
        of: Sample(task: task, drawn: try materialized(task), layers: layers, threads: threads), export: export)
    } catch ParameterError.notFinite(let name) {
      // Drawn or rounded beyond all numbers: other samples and networks have theirs.
      let reason = configuration.precision.overflow(ofWeights: name)
      outcomes = Dictionary(uniqueKeysWithValues: layers.map { ($0, .deadForwardPass(.overflow, reason)) })
    }
    return layers.map { record(of: task, layer: $0, outcomes[$0]) }
  }

  /// The outcomes of one sample's layers.
  private func outcomes(
    of sample: Sample, export: (@Sendable (ExportedSample) throws -> Void)?
  ) throws -> [Int: Outcome] {
    var outcomes: [Int: Outcome] = [:]
    // An export holds the dense Jacobian, whatever the spectra come from.
    if export != nil || configuration.mayKeepProduct {
      outcomes =
        switch configuration.precision {
        case .double: try productOutcomes(of: sample, as: Double.self, export: export)
        case .float: try productOutcomes(of: sample, as: Float.self, export: export)
        }
    } else if configuration.method == .auto {
      outcomes = try deadSinglePrecisionPass(of: sample)
    }
    let layers = sample.layers.filter { mustResolve(outcomes[$0]) }
    if !layers.isEmpty { outcomes.merge(try resolvedOutcomes(of: sample, layers: layers)) { $1 } }
    return outcomes
  }

  private func mustResolve(_ outcome: Outcome?) -> Bool {
    switch configuration.method {
    case .product: false
    case .resolved: true
    case .auto:
      switch outcome {
      case .spectrum(let spectrum): !(configuration.mayKeepProduct && spectrum.isAccurateProduct)
      // A network that dies in its own precision has no spectrum, whatever double precision would make of it.
      case .deadForwardPass: false
      case .failure, nil: true
      }
    }
  }

  private func record(of task: ExperimentTask, layer: Int, _ outcome: Outcome?) -> SpectrumRecord {
    let (label, architecture) = (task.network.label, task.network.architecture)
    switch outcome ?? .failure(.failed, "Layer \(layer) was not computed.") {
    case .spectrum(let spectrum):
      return SpectrumRecord(
        architecture: label, block: architecture.block.rawValue, depth: architecture.depth, layer: layer,
        sample: task.sample, spectrum: spectrum)
    case .deadForwardPass(let kind, let reason), .failure(let kind, let reason):
      return SpectrumRecord(
        architecture: label, block: architecture.block.rawValue, depth: architecture.depth, layer: layer,
        sample: task.sample, failure: kind, reason: reason)
    }
  }

  /// A task with what was drawn for it.
  private struct Sample {
    let task: ExperimentTask
    let drawn: (parameters: Parameters, input: Tensor<Double>)
    /// The layers asked for.
    let layers: [Int]
    let threads: Int

    var architecture: Architecture { task.network.architecture }

    func forwardPass<Scalar: NetworkScalar>(
      through layers: [Int], parameters: Parameters, input: Tensor<Scalar>
    ) throws -> (stack: Stack<Scalar>, pass: ForwardPass<Scalar>) {
      let stack = try architecture.stack(parameters, as: Scalar.self)
      let pass = ForwardPass(of: stack, at: input, layers: layers) {
        parameters.weakestFactor(ofLayer: $0, in: architecture)
      }
      return (stack, pass)
    }
  }

  // MARK: The product method

  private func productOutcomes<Scalar: NetworkScalar>(
    of sample: Sample, as scalar: Scalar.Type, export: (@Sendable (ExportedSample) throws -> Void)?
  ) throws -> [Int: Outcome] {
    let depth = sample.architecture.depth
    let layers = sample.layers
    // An export holds the whole stack's Jacobian, whatever layers have spectra.
    let asked = export == nil || layers.last == depth ? layers : layers + [depth]
    let (stack, pass) = try sample.forwardPass(
      through: asked, parameters: sample.drawn.parameters, input: sample.drawn.input.converted(to: scalar))
    let reached = asked.prefix { layer in pass.failure.map { layer < $0.layer } ?? true }
    var jacobians = reached.isEmpty ? [] : pass.linearization.jacobians(threads: sample.threads)
    if let export, pass.failure == nil, let jacobian = jacobians.last {
      try export(
        ExportedSample(
          task: sample.task, parameters: sample.drawn.parameters, input: pass.input,
          output: pass.linearization.output, jacobian: jacobian, configuration: configuration))
    }
    // The next one last, where it is taken off without moving the others.
    jacobians.reverse()
    var outcomes: [Int: Outcome] = [:]
    // Once for all layers, and only where one of them needs it.
    lazy var underflows = stack.tangentUnderflows(at: pass.input, through: layers.last ?? 0)
    for layer in layers {
      if let found = pass.failure, layer >= found.layer {
        outcomes[layer] = .deadForwardPass(found.kind, found.reason)
        continue
      }
      // Given up one by one, each Jacobian is the working copy of its own decomposition.
      let jacobian = jacobians.removeLast()
      if let found = jacobianFailure(jacobian, layer: layer, tangentsUnderflow: underflows[layer - 1]) {
        outcomes[layer] = .failure(found.0, found.1)
      } else {
        do {
          outcomes[layer] = .spectrum(try Spectrum(of: consume jacobian))
        } catch {
          outcomes[layer] = .failure(.failed, "\(error)")
        }
      }
    }
    return outcomes
  }

  /// The layers that a forward pass in single precision does not reach alive; a double one is judged where
  /// its spectra are taken.
  private func deadSinglePrecisionPass(of sample: Sample) throws -> [Int: Outcome] {
    let input = sample.drawn.input.converted(to: Float.self)
    let pass = try sample.forwardPass(through: [], parameters: sample.drawn.parameters, input: input).pass
    return unreached(sample.layers, pass.failure)
  }

  /// The outcomes of the layers at and after the one at which a forward pass died.
  private func unreached(_ layers: [Int], _ failure: ForwardFailure?) -> [Int: Outcome] {
    guard let failure else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: layers.filter { $0 >= failure.layer }.map {
        ($0, .deadForwardPass(failure.kind, failure.reason))
      })
  }

  // MARK: The resolved method

  /// In double precision always: `--precision float` rounds weights and input, and nothing after them.
  private func resolvedOutcomes(of sample: Sample, layers: [Int]) throws -> [Int: Outcome] {
    var (parameters, input) = sample.drawn
    if configuration.precision == .float {
      parameters = parameters.rounded(to: Float.self)
      input = input.converted(to: Float.self).converted()
    }
    let pass = try sample.forwardPass(through: layers, parameters: parameters, input: input).pass
    let outcomes = unreached(layers, pass.failure)
    let reached = layers.filter { outcomes[$0] == nil }
    if reached.isEmpty { return outcomes }
    // Nothing is pushed through what lies beyond the failure.
    let alive = pass.restricted(toOutputs: Array(reached.indices))
    return outcomes.merging(resolvedOutcomes(of: sample, layers: reached[...], pass: alive)) { $1 }
  }

  private func resolvedOutcomes(
    of sample: Sample, layers: ArraySlice<Int>, pass: ForwardPass<Double>
  ) -> [Int: Outcome] {
    let size = sample.architecture.size
    do {
      let found = try pass.linearization.resolvedSingularValues(threads: sample.threads)
      return Dictionary(
        uniqueKeysWithValues: try zip(layers, found).map { layer, values in
          (layer, .spectrum(try Spectrum(resolved: values, rows: size, columns: size, layers: layer)))
        })
    } catch {
      if let layer = layers.first, layers.count == 1 { return [layer: failure(error, before: layer)] }
      // What fails at a deep layer must not take the ones before with it.
      let middle = layers.startIndex + layers.count / 2
      return [layers[..<middle], layers[middle...]].reduce(into: [:]) { outcomes, part in
        let own = pass.restricted(toOutputs: part.indices.map { $0 - layers.startIndex })
        outcomes.merge(resolvedOutcomes(of: sample, layers: part, pass: own)) { $1 }
      }
    }
  }

  private func failure(_ error: any Error, before layer: Int) -> Outcome {
    guard case LinearAlgebraError.notFinite = error else { return .failure(.failed, "\(error)") }
    return .failure(
      .overflow,
      "The Jacobian of one of the layers up to \(layer) overflows the range of double precision, though the forward pass "
        + "does not.")
  }

  /// A Jacobian that left the range of its precision although the forward pass did not.
  private func jacobianFailure<Scalar: NetworkScalar>(
    _ jacobian: Tensor<Scalar>, layer: Int, tangentsUnderflow: @autoclosure () -> Bool
  ) -> (SpectrumRecord.Failure, String)? {
    let largest = jacobian.maximumMagnitude
    let range = "the range of \(Scalar.precisionName) precision"
    if !largest.isFinite {
      return (.overflow, "The Jacobian after layer \(layer) overflows \(range), though the forward pass does not.")
    }
    if largest < .leastNormalMagnitude, largest > 0 || tangentsUnderflow() {
      return (.underflow, "The Jacobian after layer \(layer) underflows \(range), though the forward pass does not.")
    }
    return nil
  }
}

extension Configuration {
  /// Whether spectra of the product method may end up in the records: in single precision no value stands eight digits
  /// above the noise floor, so `auto` means `resolved` there.
  fileprivate var mayKeepProduct: Bool { method == .product || (method == .auto && precision == .double) }
}

extension Stack {
  /// For each layer up to one whether a Jacobian of zeros is one because its tangents shrank below the range of the
  /// precision, and not because a layer lets nothing pass: a random tangent is followed from layer to layer.
  fileprivate func tangentUnderflows(at input: Tensor<Scalar>, through layer: Int) -> [Bool] {
    let linearization = Linearization(at: input) { Array(self.states($0).prefix(layer)) }
    var stream = RandomKey(seed: 0, sample: 0, purpose: .probe).stream("tangent")
    let direction = stream.normals(count: input.count).map { Scalar($0) }
    let tangents = linearization.push(
      Tangents(tokens: input.rows, directions: 1, features: input.columns, elements: direction))
    var smallest = Scalar.infinity
    return tangents.map {
      let size = Tensor(shape: [$0.elements.count], elements: $0.elements).maximumMagnitude
      if size > 0 { smallest = min(smallest, size) }
      return smallest < .leastNormalMagnitude / (Scalar.ulpOfOne * Scalar.ulpOfOne)
    }
  }
}

extension Parameters {
  /// The smallest factor that a layer's matrices, 1-based, put on a signal that passes one after the other, up to the
  /// square root of their widths.
  func weakestFactor(ofLayer layer: Int, in architecture: Architecture) -> Double {
    var (factor, weakest) = (1.0, Double.infinity)
    for parameter in architecture.parameters where parameter.layer == layer - 1 && parameter.shape.count == 2 {
      factor *= self[parameter.name]?.maximumMagnitude ?? 1
      weakest = min(weakest, factor)
    }
    return weakest
  }
}
