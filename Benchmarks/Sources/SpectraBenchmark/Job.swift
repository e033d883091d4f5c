import Spectra

/// A Jacobian, and perhaps its singular values, for a number of random stacks.
struct Job: Sendable {
  var architecture: Architecture
  var precision = Precision.double
  var samples = 1
  var singularValues = false

  /// Measures `repetitions` runs after one that is not measured.
  func measure(repetitions: Int, threads: Int) throws -> [Duration] {
    switch precision {
    case .double: try measure(as: Double.self, repetitions: repetitions, threads: threads)
    case .float: try measure(as: Float.self, repetitions: repetitions, threads: threads)
    }
  }

  /// What one run of all samples took, in seconds.
  struct Duration: Sendable {
    /// From outside.
    var total: Double
    /// In Jacobians, with their linearisation. Where samples run at once, the samples' own times added and divided by
    /// the threads: their share of the total.
    var jacobian: Double
    /// In singular values, likewise.
    var singularValues: Double
  }
}

// MARK: - Running

extension Job {
  private struct Sample<Scalar: NetworkScalar>: Sendable {
    let stack: Stack<Scalar>
    let input: Tensor<Scalar>
  }

  private func measure<Scalar: NetworkScalar>(
    as scalar: Scalar.Type, repetitions: Int, threads: Int
  ) throws -> [Duration] {
    let drawn: [Sample<Scalar>] = try (0..<samples).map { try sample($0, architecture) }
    // A run that is measured once takes a minute: two layers warm the processor and the allocator up as well.
    if repetitions > 1 {
      _ = try run(drawn, threads: threads)
    } else {
      var shallow = architecture
      shallow.depth = min(architecture.depth, 2)
      _ = try run([sample(0, shallow)] as [Sample<Scalar>], threads: threads, singularValues: false)
    }
    return try (0..<repetitions).map { _ in try run(drawn, threads: threads) }
  }

  private func sample<Scalar: NetworkScalar>(_ number: Int, _ architecture: Architecture) throws -> Sample<Scalar> {
    let key = RandomKey(seed: 0, sample: number, purpose: .weights)
    let law = Initializer(.xavierUniform, residualWeight: 0.1)
    var stream = key.purpose(.input).stream("input")
    let input = Tensor<Double>(
      shape: [architecture.tokens, architecture.width], elements: stream.normals(count: architecture.size))
    return Sample(
      stack: try architecture.stack(law.parameters(of: architecture, random: key)), input: input.converted())
  }

  /// Several samples share the threads one each, a single one uses all of them for its tangents, as an experiment does.
  private func run<Scalar: NetworkScalar>(
    _ drawn: [Sample<Scalar>], threads: Int, singularValues: Bool? = nil
  ) throws -> Duration {
    let withValues = singularValues ?? self.singularValues
    let workers = min(drawn.count, threads)
    let inner = drawn.count < threads ? threads : 1
    var parts: [Result<(jacobian: Double, values: Double), any Error>] = []
    let total = seconds {
      parts = Parallel.map(drawn, threads: inner > 1 ? 1 : workers) { sample in
        Result {
          var jacobian = Tensor<Scalar>(shape: [0, 0], repeating: 0)
          let first = seconds {
            jacobian = Linearization(of: sample.stack, at: sample.input).jacobian(threads: inner)
          }
          let second = try withValues ? seconds { _ = try jacobian.singularValues() } : 0
          return (first, second)
        }
      }
    }
    let times = try parts.map { try $0.get() }
    let share = Double(inner > 1 ? 1 : workers)
    return Duration(
      total: total, jacobian: times.reduce(0) { $0 + $1.jacobian } / share,
      singularValues: times.reduce(0) { $0 + $1.values } / share)
  }
}

/// The seconds that `action` takes.
func seconds(_ action: () throws -> Void) rethrows -> Double {
  let time = try ContinuousClock().measure(action)
  return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
}
