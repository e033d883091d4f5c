import ArgumentParser
import Foundation
import Spectra

struct ResolvedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resolved",
    abstract: "Times the resolved method against the product method, alternately in one process.",
    discussion: """
      A round runs each once, from the recorded forward pass to the singular values; its ratio is that of their seconds, so \
      that a slow minute of the machine falls on all. "Direct" is the product method as it is without a plan: every \
      tangent through every primitive, on one thread. Transformer stacks have 16 tokens and 4 heads. \
      The load is the processors in use, beside ours, in the mean over the row: everybody's processor time less our own.
      """)

  @Option(help: "Layers.") var depth = 64
  @Option(parsing: .upToNextOption, help: "Numbers of inputs N, multiples of 64.") var sizes = [256, 512, 1024]
  @Option(parsing: .upToNextOption, help: "Stacks, by name (all).", transform: named) var stacks = ResolvedStack
    .allCases
  @Option(help: "Measured rounds after an unmeasured one.") var repetitions = 5
  @Option(help: "Threads.") var threads = 1
  @Option(help: "Also write the table into this file, as a line of JSON.") var json: String?

  func validate() throws {
    if let size = sizes.first(where: { $0 < 64 || $0 % 64 != 0 }) {
      throw ValidationError("--sizes \(size): multiples of 64 divide into 16 tokens and 4 heads.")
    }
    for (name, value) in [("depth", depth), ("repetitions", repetitions), ("threads", threads)] where value < 1 {
      throw ValidationError("--\(name) \(value): at least 1 is needed.")
    }
  }

  func run() throws {
    let lines = try JSONLines(path: json)
    print("\(Backend.name)")
    print(
      "kernels \(Backend.core), \(Parallel.availableProcessors) processors, \(threads) threads; \(depth) layers, double; "
        + "min – median – max of \(repetitions) rounds\n")
    let rows = try stacks.flatMap { stack in
      try sizes.map { size in
        FileHandle.standardError.write(Data("\(stack.rawValue), N = \(size) …\n".utf8))
        return try row(stack, size: size)
      }
    }
    let header = [
      "stack", "N", "product, s", "direct, s", "resolved, s", "resolved / product", "resolved / direct", "values",
      "zeros",
      "unresolved", "load",
    ]
    let table = Table(name: "resolved", header: header, rows: rows)
    print(table.markdown)
    try lines.write(table)
  }

  private func row(_ name: ResolvedStack, size: Int) throws -> [String] {
    let (architecture, law) = name.network(size: size, depth: depth)
    let key = RandomKey(seed: 0, sample: 0, purpose: .weights)
    var stream = key.purpose(.input).stream("input")
    let input = Tensor<Double>(
      shape: [architecture.tokens, architecture.width], elements: stream.normals(count: architecture.size))
    let stack: Stack<Double> = try architecture.stack(law.parameters(of: architecture, random: key))
    var (product, direct, resolved) = ([Double](), [Double](), [Double]())
    var found: ResolvedSingularValues?
    var before = ProcessorTime.now
    for round in 0...repetitions {
      if round == 1 { before = .now }
      let first = try seconds {
        _ = try Linearization(of: stack, at: input).jacobian(threads: threads).singularValues()
      }
      let second = try seconds {
        found = try Linearization(of: stack, at: input).resolvedSingularValues(threads: threads).last
      }
      let third = try seconds {
        _ = try directJacobian(of: Linearization(of: stack, at: input), at: input).singularValues()
      }
      guard round > 0 else { continue }
      product.append(first)
      resolved.append(second)
      direct.append(third)
    }
    let live = found?.logSingularValues.count ?? 0
    let unresolved = found?.unresolved ?? 0
    return [
      name.rawValue, "\(size)", product.spread, direct.spread, resolved.spread,
      zip(resolved, product).map { $0 / $1 }.spread(digits: 2),
      zip(resolved, direct).map { $0 / $1 }.spread(digits: 2),
      "\(live)", "\(size - live - unresolved)", "\(unresolved)",
      before.othersLoad(until: .now).map { $0.fixed(1) } ?? "",
    ]
  }
}

/// J by pushing every tangent through every primitive, 128 at a time.
private func directJacobian(of linearization: Linearization<Double>, at input: Tensor<Double>) -> Tensor<Double> {
  let (inputs, outputs) = (input.count, linearization.output.count)
  var jacobian = Tensor<Double>(shape: [outputs, inputs], repeating: 0)
  for start in stride(from: 0, to: inputs, by: 128) {
    let range = start..<min(start + 128, inputs)
    let unit = Tangents<Double>(unit: range, tokens: input.rows, features: input.columns)
    guard let columns = linearization.push(unit).last?.columns else { continue }
    for row in 0..<outputs {
      let target = row * inputs + range.lowerBound
      let source = columns.elements[(row * range.count)..<((row + 1) * range.count)]
      jacobian.elements.replaceSubrange(target..<(target + range.count), with: source)
    }
  }
  return jacobian
}

/// The stacks that the two methods are compared at.
enum ResolvedStack: String, CaseIterable {
  case postLN = "post-ln"
  case preLN = "pre-ln"
  case residual
  case rezero
  case fcVanillaReLU = "fc-vanilla-relu"
  case fcVanillaTanh = "fc-vanilla-tanh"
  case fcResidualReLU = "fc-residual-relu"
  case fcResidualTanh = "fc-residual-tanh"

  func network(size: Int, depth: Int) -> (Architecture, Initializer) {
    func transformer(_ connection: Variant<Connection>) -> Architecture {
      .transformer(connection, depth: depth, width: size / 16, tokens: 16, heads: 4)
    }
    func fc(_ connection: Connection, _ activation: Variant<ActivationName>) -> Architecture {
      .fullyConnected(connection, depth: depth, width: size, activation: activation)
    }
    return switch self {
    case .postLN: (transformer(Variant(.postLN)), Initializer(.xavierUniform))
    case .preLN: (transformer(Variant(.preLN)), Initializer(.xavierUniform))
    case .residual: (transformer(Variant(.residual)), Initializer(.xavierUniform))
    case .rezero: (transformer(.rezero(alpha: 0.3)), Initializer(.xavierUniform))
    case .fcVanillaReLU: (fc(.vanilla, .relu), Initializer(.heNormal))
    case .fcVanillaTanh: (fc(.vanilla, .tanh), Initializer(.gaussian, sigmaW: 1))
    case .fcResidualReLU: (fc(.residual, .relu), Initializer(.xavierUniform))
    case .fcResidualTanh: (fc(.residual, .tanh), Initializer(.xavierUniform))
    }
  }
}

/// What all processors and this process have worked since they started, in seconds.
private struct ProcessorTime {
  var clock: ContinuousClock.Instant
  var everybody: Double?
  var own: Double

  static var now: ProcessorTime {
    // user, nice, system, idle, iowait, irq, softirq, steal in hundredths of a second.
    let line = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8))?.split(separator: "\n").first
    let fields = line?.split(separator: " ").dropFirst().compactMap { Double($0) } ?? []
    let busy = fields.count >= 7 ? (fields[0] + fields[1] + fields[2] + fields[5] + fields[6]) / 100 : nil
    return ProcessorTime(clock: .now, everybody: busy, own: Double(Foundation.clock()) / Double(CLOCKS_PER_SEC))
  }

  /// How many processors others used between two moments, in the mean.
  func othersLoad(until end: ProcessorTime) -> Double? {
    guard let everybody, let total = end.everybody else { return nil }
    let elapsed = (end.clock - clock).seconds
    return elapsed > 0 ? max(0, (total - everybody) - (end.own - own)) / elapsed : nil
  }
}
