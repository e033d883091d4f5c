import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One sample as an export writes it: weights, input, output and Jacobian.
public struct ExportedSample: Sendable {
  /// `ARCH-depthD-sampleS`, with `_` for the colons of ARCH; a label too long for the name of a file is cut, and ends in a
  /// hash of the whole.
  public let name: String
  /// The weights by their PyTorch names, with the configuration under the metadata key `spectra`.
  public let weights: SafetensorsFile
  /// `input`, `output` and `jacobian`.
  public let signals: SafetensorsFile

  init<Scalar: NetworkScalar>(
    task: ExperimentTask, parameters: Parameters, input: Tensor<Scalar>, output: Tensor<Scalar>,
    jacobian: Tensor<Scalar>, configuration: Configuration
  ) throws {
    let architecture = task.network.architecture
    name = Self.name(label: task.network.label, ending: "-depth\(architecture.depth)-sample\(task.sample)")
    var own = configuration
    own.architectures = [
      configuration.architectures.first { $0.description == task.network.label }
        ?? ArchitectureSpecification(architecture.connection)
    ]
    own.depths = [architecture.depth]
    own.samples = 1
    own.firstSample = task.sample
    // What was named for another architecture alone would be refused beside this one.
    if !own.hasResidualWeight { own.alpha = nil }
    if !own.hasNormalizer { own.norm = nil }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let metadata = ["spectra": String(decoding: try encoder.encode(own), as: UTF8.self)]
    var weights = SafetensorsFile(metadata: metadata, name: name)
    for (name, tensor) in parameters.tensors { weights.set(tensor.converted(to: Scalar.self), named: name) }
    var signals = SafetensorsFile(metadata: metadata, name: name)
    signals.set(input, named: "input")
    signals.set(output, named: "output")
    signals.set(jacobian, named: "jacobian")
    self.weights = weights
    self.signals = signals
  }

  /// What common file systems allow, less the longer of the two endings that `Exporter` adds.
  static let longestName = 255 - ".weights.safetensors".utf8.count

  private static func name(label: String, ending: String) -> String {
    // A colon parts volumes and hosts from paths elsewhere.
    let plain = label.replacing(":", with: "_")
    guard plain.utf8.count + ending.utf8.count > longestName else { return plain + ending }
    var hash = StableHash()
    hash.absorb(label.utf8)
    let digits = String(hash.value, radix: 16)
    let mark = "_" + String(repeating: "0", count: 16 - digits.count) + digits
    var head = Substring(plain)
    while head.utf8.count + mark.utf8.count + ending.utf8.count > longestName { head.removeLast() }
    return head + mark + ending
  }
}

/// Writes exported samples into a folder, all of them or none.
public final class Exporter: Sendable {
  private let folder: Mutex<AtomicFolder?>

  /// An export into a folder, which is made where it does not exist.
  ///
  /// - Throws: `FileError` where nothing can be written there.
  public init(_ path: String) throws(FileError) { folder = Mutex(try AtomicFolder(path)) }

  /// Writes one sample under temporary names. Any thread may call it.
  public func write(_ sample: ExportedSample) throws {
    // Encoding is the work; only the writing is done one sample after the other.
    let files = try [("weights", sample.weights), ("signals", sample.signals)].map { kind, file in
      ("\(sample.name).\(kind).safetensors", try file.encoded())
    }
    try folder.withLock { folder in
      for (name, bytes) in files {
        try folder?.write(name) { (file) throws(FileError) in try file.write(bytes) }
      }
    }
  }

  /// Gives all files their names.
  public func commit() throws {
    try folder.withLock { folder in try folder.take()?.commit() }
  }
}
