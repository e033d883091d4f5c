import Spectra

/// A Jacobian, and perhaps its singular values, for a number of random stacks.
struct Job: Sendable {
  var architecture: Architecture
  var precision = Precision.double
  var samples = 1
  var singularValues = false
  /// A folder of networks that other programs are timed at as well, `sample-0.safetensors` and so on, each with the
  /// weights and the `input`; nil draws them.
  var networks: String?

  /// Measures `repetitions` runs after one that is not measured.
  func measure(repetitions: Int, threads: Int) throws -> Measurement {
    switch precision {
    case .double: try measure(as: Double.self, repetitions: repetitions, threads: threads)
    case .float: try measure(as: Float.self, repetitions: repetitions, threads: threads)
    }
  }
}

/// What the runs of a job took and found.
struct Measurement: Sendable {
  /// What one run of all samples took, in seconds.
  struct Run: Sendable {
    /// From outside.
    var total: Double
    /// In Jacobians, with their forward pass. Where samples run at once, the samples' own times added and divided by the
    /// threads: their share of the total.
    var jacobian: Double
    /// In the forward pass alone, likewise.
    var forwardPass: Double
    /// In singular values, likewise.
    var singularValues: Double
  }

  var runs: [Run]
  /// One for each sample.
  var found: [Fingerprint]
  /// Operations of all Jacobians by our plans' own count, in which elementwise work is counted, too.
  var plannedOperations: Double
  /// The most memory that the process held from the job's start, in bytes.
  var peakMemory: Int
}

// MARK: - Running

extension Job {
  private struct Sample<Scalar: NetworkScalar>: Sendable {
    let stack: Stack<Scalar>
    let input: Tensor<Scalar>
  }

  private func measure<Scalar: NetworkScalar>(
    as scalar: Scalar.Type, repetitions: Int, threads: Int
  ) throws -> Measurement {
    Memory.forgetPeak()
    let drawn: [Sample<Scalar>] = try (0..<samples).map { try sample($0, architecture) }
    // Numbers that are compared with other programs' are taken in the run that is not timed.
    var identified: [Identity] = []
    if repetitions > 1 {
      identified = try run(drawn, threads: threads, identifying: true).identified
    } else {
      // A run that is measured once takes a minute: two layers warm the processor and the allocator up as well.
      var shallow = self
      shallow.architecture.depth = min(architecture.depth, 2)
      (shallow.singularValues, shallow.networks) = (false, nil)
      _ = try shallow.run([shallow.sample(0, shallow.architecture)] as [Sample<Scalar>], threads: threads)
    }
    let runs = try (0..<repetitions).map { _ in
      let (run, found) = try run(drawn, threads: threads, identifying: identified.isEmpty)
      if !found.isEmpty { identified = found }
      return run
    }
    return Measurement(
      runs: runs, found: identified.map(\.fingerprint),
      plannedOperations: identified.reduce(0) { $0 + $1.plannedOperations }, peakMemory: Memory.peak)
  }

  private func sample<Scalar: NetworkScalar>(_ number: Int, _ architecture: Architecture) throws -> Sample<Scalar> {
    if let networks {
      let file = try SafetensorsFile(contentsOf: "\(networks)/sample-\(number).safetensors")
      let tensors = try architecture.parameters.map {
        ($0.name, try file.tensor(named: $0.name, shape: $0.shape, as: Double.self))
      }
      let input: Tensor<Scalar> = try file.tensor(named: "input", shape: [architecture.tokens, architecture.width])
      return Sample(stack: try architecture.stack(Parameters(Dictionary(uniqueKeysWithValues: tensors))), input: input)
    }
    let key = RandomKey(seed: 0, sample: number, purpose: .weights)
    let law = Initializer(.xavierUniform)
    var stream = key.purpose(.input).stream("input")
    let input = Tensor<Double>(
      shape: [architecture.tokens, architecture.width], elements: stream.normals(count: architecture.size))
    return Sample(
      stack: try architecture.stack(law.parameters(of: architecture, random: key)), input: input.converted())
  }

  private struct Part: Sendable {
    var (forwardPass, jacobian, values, identification) = (0.0, 0.0, 0.0, 0.0)
    var identity: Identity?
  }

  /// What a sample's Jacobian was, and took to count.
  private struct Identity: Sendable {
    var fingerprint: Fingerprint
    var plannedOperations: Double
  }

  /// Several samples share the threads one each, a single one uses all of them for its tangents, as an experiment does.
  private func run<Scalar: NetworkScalar>(
    _ drawn: [Sample<Scalar>], threads: Int, identifying: Bool = false
  ) throws -> (run: Measurement.Run, identified: [Identity]) {
    let workers = min(drawn.count, threads)
    let inner = drawn.count < threads ? threads : 1
    var results: [Result<Part, any Error>] = []
    let total = seconds {
      results = Parallel.map(drawn, threads: inner > 1 ? 1 : workers) { sample in
        Result { try part(of: sample, threads: inner, identifying: identifying) }
      }
    }
    let parts = try results.map { try $0.get() }
    let share = Double(inner > 1 ? 1 : workers)
    func sum(_ of: (Part) -> Double) -> Double { parts.reduce(0) { $0 + of($1) } / share }
    let run = Measurement.Run(
      total: total - sum(\.identification), jacobian: sum(\.jacobian), forwardPass: sum(\.forwardPass),
      singularValues: sum(\.values))
    return (run, parts.compactMap(\.identity))
  }

  private func part<Scalar: NetworkScalar>(
    of sample: Sample<Scalar>, threads: Int, identifying: Bool
  ) throws -> Part {
    var part = Part()
    var clock = Stopwatch()
    var linearization: Linearization? = Linearization(of: sample.stack, at: sample.input)
    part.forwardPass = clock.lap()
    let planned = identifying ? linearization?.plannedOperations ?? 0 : 0
    part.identification = clock.lap()
    let jacobian = linearization?.jacobian(threads: threads) ?? Tensor(shape: [0, 0], repeating: 0)
    part.jacobian = part.forwardPass + clock.lap()
    var fingerprint = identifying ? Fingerprint(of: jacobian) : nil
    linearization = nil  // before the decomposition, which needs memory too
    part.identification += clock.lap()
    if singularValues {
      // Given up, so that the decomposition needs no copy.
      let values = try (consume jacobian).singularValues()
      part.values = clock.lap()
      fingerprint?.largest = values.first.map { Double($0) }
    }
    part.identity = fingerprint.map { Identity(fingerprint: $0, plannedOperations: planned) }
    return part
  }
}

/// The seconds that `action` takes.
func seconds(_ action: () throws -> Void) rethrows -> Double {
  try ContinuousClock().measure(action).seconds
}

/// Times one thing after the other.
struct Stopwatch {
  private var last = ContinuousClock.now

  /// The seconds since the last call, or since the beginning.
  mutating func lap() -> Double {
    let now = ContinuousClock.now
    defer { last = now }
    return (now - last).seconds
  }
}

extension Connection {
  /// The connection as it is measured: with a residual weight at which the branches count.
  var benchmarked: Variant<Connection> { self == .rezero ? .rezero(alpha: 0.1) : Variant(self) }
}
