import ArgumentParser
import Spectra

struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spectra-benchmark", abstract: "Times Jacobians and singular values of random Transformer stacks.",
    subcommands: [
      TableCommand.self, ResolvedCommand.self, JobCommand.self, PeakCommand.self, MachineCommand.self, LawsCommand.self,
    ], defaultSubcommand: TableCommand.self)
}

/// A value of a list of names, for options.
func named<Name: RawRepresentable & CaseIterable>(_ text: String) throws -> Name where Name.RawValue == String {
  if let name = Name(rawValue: text) { return name }
  throw ValidationError("'\(text)' is none of \(Name.allCases.map(\.rawValue).joined(separator: ", ")).")
}

/// An attention mask on the command line, for `transform:`.
func maskNamed(_ text: String) throws -> AttentionMask {
  if let mask = AttentionMask(rawValue: text) { return mask }
  throw ValidationError("'\(text)' is none of none, causal, ngram:N.")
}

/// The sizes of a job, with the flags that every program of `peers/` understands.
struct JobOptions: ParsableArguments {
  @Option(help: "Connection of skip, norm and branch.", transform: named) var arch = Connection.postLN
  @Option(help: "Layers.") var depth = 12
  @Option(help: "Tokens of the input.") var tokens = 16
  @Option(help: "Features of a token.") var width = 64
  @Option(help: "Attention heads, a divisor of the width.") var heads = 4
  @Option(help: "double or float.", transform: named) var precision = Precision.double
  @Option(help: "none, causal or ngram:N.", transform: maskNamed) var mask = AttentionMask.none
  @Option(help: "Networks, each with its own weights and input.") var samples = 1
  @Flag(help: "Take singular values as well.") var withSvd = false
  @Option(help: "A folder with sample-0.safetensors and so on: weights and input (drawn).") var networks: String?

  var job: Job {
    Job(
      architecture: .transformer(
        arch.benchmarked, depth: depth, width: width, tokens: tokens, heads: heads, mask: mask),
      precision: precision, samples: samples, singularValues: withSvd, networks: networks)
  }

  func validate() throws {
    for (name, value) in [
      ("depth", depth), ("tokens", tokens), ("width", width), ("heads", heads), ("samples", samples),
    ] where value < 1 {
      throw ValidationError("--\(name) \(value): at least 1 is needed.")
    }
    if width % heads != 0 { throw ValidationError("--width \(width) is not divisible by --heads \(heads).") }
  }
}

/// How often and on how many processors.
struct RunOptions: ParsableArguments {
  @Option(help: "Measured repetitions after an unmeasured one.") var repetitions = 3
  @Option(help: "Threads.") var threads = 2

  func validate() throws {
    if repetitions < 1 { throw ValidationError("--repetitions \(repetitions): at least 1 is needed.") }
    if threads < 1 { throw ValidationError("--threads \(threads): at least 1 is needed.") }
  }
}
