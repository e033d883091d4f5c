import Foundation
import TestSupport
import Testing

/// What a user gets wrong: an exit code, one sentence on standard error, nothing on standard output and no file.
@Suite("Bad input", .timeLimit(.minutes(10)))
struct BadInputTests {
  struct Bad: Sendable, CustomTestStringConvertible {
    var arguments: [String]
    var status: Int32
    var parts: [String]
    /// Whether the argument parser says it, which adds usage lines below its sentence.
    var isParsers = false
    var testDescription: String { arguments.joined(separator: " ") }
  }

  static func usage(_ line: String, _ parts: String...) -> Bad {
    Bad(arguments: line.split(separator: " ").map(String.init), status: 64, parts: parts)
  }

  static func parser(_ line: String, _ parts: String...) -> Bad {
    Bad(arguments: line.split(separator: " ").map(String.init), status: 64, parts: parts, isParsers: true)
  }

  static func data(_ line: String, _ parts: String...) -> Bad {
    Bad(arguments: line.split(separator: " ").map(String.init), status: 65, parts: parts)
  }

  static let sizes = [
    usage("--width 10", "--width 10 is not divisible by --heads 4", "multiple of 4"),
    usage("--width 16 --heads 3", "--width 16 is not divisible by --heads 3"),
    usage("--width 0", "--width 0 is not positive; it must be 1 or more"),
    usage("--width -16", "--width -16 is not positive"),
    usage("--width=-16", "--width -16 is not positive"),
    usage("--tokens 0", "--tokens 0 is not positive"),
    usage("--tokens -4", "--tokens -4 is not positive"),
    usage("--heads 0", "--heads 0 is not positive"),
    usage("--hidden -1", "--hidden -1 is not positive"),
    usage("--depth 0", "--depth 0 is not positive"),
    usage("--depth 4,-12", "--depth -12 is not positive"),
    usage("--depth 4,4", "--depth names 4 twice"),
    usage("--depth 4,", "--depth '4,' is no list of whole numbers such as 4,12,64"),
    usage("--depth twelve", "--depth 'twelve' is no list of whole numbers"),
    usage("--samples 0", "--samples 0 is not positive"),
    usage("--samples -10", "--samples -10 is not positive"),
    usage("--first-sample -1", "--first-sample -1 is negative"),
    usage("--first-sample 9223372036854775807", "--first-sample 9223372036854775807 is too large"),
    usage("--width 9223372036854775807", "--width 9223372036854775807 is too large; at most 100000000"),
    usage("--depth 9223372036854775807", "--depth 9223372036854775807 is too large"),
    usage("--samples 9223372036854775807", "--samples 9223372036854775807 is too large"),
    usage("--threads 0", "--threads 0 is not positive"),
    usage("--threads -1", "--threads -1 is not positive"),
    usage("--bins 0", "--bins 0 is out of range", "1 to 10000"),
    usage("--bins -5", "--bins -5 is out of range"),
    usage("--width 100000000 --depth 1", "of memory", "--tokens 4 × --width 100000000", "EB", "reduce --width"),
    usage("--width 10000000 --depth 1 --rng torch", "of memory", "PB"),
    usage("--block fc --arch vanilla --width 1000000 --depth 1", "of --width 1000000", "8 TB"),
    usage("--block fc --arch vanilla --width 1000000 --depth 1 --method product", "8 TB; reduce --width", "float."),
    usage(
      "--block fc --arch vanilla --width 1000000 --depth 1 --precision float", "works with eight in double",
      "--method product."),
    parser("--width 16.5", "'16.5' is invalid for '--width"),
    parser("--width 99999999999999999999", "is invalid for '--width"),
    parser("--seed -1", "'-1' is invalid for '--seed"),
    parser("--samples many", "'many' is invalid for '--samples"),
    parser("--width", "Missing value for '--width"),
  ]

  static let names = [
    usage("--arch post-nl", "--arch 'post-nl' is unknown", "vanilla, residual, rezero", "did you mean post-ln?"),
    usage("--arch post-ln,pre-lm", "--arch 'pre-lm' is unknown", "did you mean pre-ln?"),
    usage("--arch post-ln,,pre-ln", "--arch '' is unknown"),
    usage(
      "--arch post-ln:norm=rmsnorm,pre-ln:norm=frn --norm none", "--norm does nothing beside --arch", "leave it out"),
    usage("--arch post-ln:gain=2 --gain 3", "--gain does nothing beside --arch post-ln:gain=2"),
    usage("--arch pre-ln:heads=3", "In --arch pre-ln:heads=3: --width 16 is not divisible by --heads 3"),
    usage("--arch post-ln,post-ln", "--arch names post-ln twice"),
    usage("--activation rleu", "--activation 'rleu' is unknown", "did you mean relu?"),
    usage("--activation GELU", "--activation 'GELU' is unknown", "did you mean gelu?"),
    usage("--arch POST-LN", "--arch 'POST-LN' is unknown", "did you mean post-ln?"),
    usage("--arch prenorm,postnorm", "--arch 'prenorm' is unknown", "did you mean pre-ln?"),
    usage("--arch postnorm", "did you mean post-ln?"),
    usage("--activation swish", "did you mean silu?"),
    usage("--positions rope", "did you mean rotary?"),
    usage("--arch pre-ln:ffn=mlp", "did you mean feed-forward?"),
    usage("--arch pre-ln:qk-nrom=cosine", "did you mean qk-norm?"),
    usage("--arch pre-ln:qk-norm=cosine", "name it first, attention=softmax:qk-norm=cosine."),
    usage("--init xavier-unifrom", "--init 'xavier-unifrom' is unknown", "did you mean xavier-uniform?"),
    usage("--block transfromer", "--block 'transfromer' is unknown", "did you mean transformer?"),
    usage("--mask ngram:0", "--mask 'ngram:0' says no number of tokens", "ngram:4"),
    usage("--mask ngram", "--mask 'ngram' says no number of tokens", "whole number N ≥ 1"),
    usage("--mask casual", "--mask 'casual' is unknown", "did you mean causal?"),
    usage("--vary weight", "--vary 'weight' is unknown", "did you mean weights?"),
    usage("--rng pytorch", "--rng 'pytorch' is unknown", "did you mean torch?"),
    usage("--precision duoble", "--precision 'duoble' is unknown", "did you mean double?"),
    usage("--qkv pakced", "--qkv 'pakced' is unknown", "did you mean packed?"),
    usage("--method fast", "--method 'fast' is unknown: it is one of auto, product, resolved."),
    usage("--method resolve", "--method 'resolve' is unknown", "did you mean resolved?"),
    usage("--method Product", "--method 'Product' is unknown", "did you mean product?"),
    parser("figure5 --method resolved", "Unknown option '--method'"),
    usage("--log-base 2", "--log-base '2' is unknown", "10, e"),
    usage("--fail-on vanishin", "--fail-on 'vanishin' is unknown", "did you mean vanishing?"),
    usage("--layers first", "--layers 'first' is none of all, last and a list of layers"),
    usage("--input picture.png", "--input 'picture.png' is none of gaussian, FILE.npy"),
    usage("figure5 --rng pytorch", "--rng 'pytorch' is unknown"),
    usage("figure5 --range 4,-11", "--range 4.0,-11.0 has its ends swapped"),
    usage("figure5 --samples -1", "--samples -1 is not positive"),
    parser("jaccobian", "Unexpected argument 'jaccobian'"),
    parser("--wdith 16", "Unknown option '--wdith'", "'--width'"),
    parser("figure5 --width 16", "Unknown option '--width'"),
    parser("--format yaml", "'yaml' is invalid for '--format"),
    parser("architectures --format csv", "'csv' is invalid for '--format"),
  ]

  static let misplaced = [
    usage("--block fc --tokens 4", "--tokens does not apply to --block fc"),
    usage("--block fc --heads 4", "--heads does not apply to --block fc"),
    usage("--block fc --mask none", "--mask does not apply to --block fc"),
    usage("--block fc --mask causal", "--mask does not apply to --block fc"),
    usage("--block fc --hidden 64", "--hidden does not apply to --block fc"),
    usage("--block fc --qkv packed", "--qkv does not apply to --block fc"),
    usage("--arch vanilla:norm=rmsnorm", "In --arch vanilla:norm=rmsnorm: norm does nothing, for vanilla has no"),
    usage("--arch pre-ln:feed-forward=swiglu:activation=relu", "activation does nothing, for the feed-forward swiglu"),
    usage("--block fc --arch vanilla:heads=2", "heads does nothing, for --block fc has no attention"),
    usage("--arch vanilla:attention=e-spa:mask=none", "mask does nothing, for the matrices of e-spa are causal"),
    usage("--block fc --init gpt2", "--init gpt2 is a law of Transformers"),
    usage("--block fc --input text:short.txt", "--input text:FILE does not apply to --block fc"),
    usage("--alpha 0.1", "--alpha applies only to --arch rezero"),
    usage("--arch post-ln,pre-ln --alpha -0.5", "--alpha applies only to --arch rezero"),
    usage("--sigma-w 1", "--sigma-w applies only to --init gaussian"),
    usage("--sigma-b 1 --init torch", "--sigma-b applies only to --init gaussian and orthogonal, not to --init torch"),
    usage("--init gaussian --sigma-w -1", "--sigma-w -1.0 is negative"),
    usage("--gain nan", "--gain nan is not a finite number"),
    usage("--arch rezero --alpha inf", "--alpha inf is not a finite number"),
    usage("--range 4,-11", "--range 4.0,-11.0 has its ends swapped; write -11.0,4.0"),
    usage("--range 1,1", "--range 1.0,1.0 is no axis"),
    usage("--range nan,1", "--range nan,1.0 is no axis"),
    usage("--range -11", "--range '-11' is neither auto nor two numbers"),
    usage("--layers 13", "--layers 13 is outside 1…12"),
    usage("--layers -1", "--layers -1 is outside"),
    usage("--rng torch --vary weights", "--vary weights needs --rng spectra"),
    usage("--rng torch --init orthogonal", "--rng torch has no sequence of draws for --init orthogonal"),
    usage("--weights good.safetensors --gain 2", "--gain is about random weights, but --weights gives them"),
    usage("--weights good.safetensors --rng torch", "--rng torch draws weights, but --weights gives them"),
    usage("--weights good.safetensors --arch norm,vanilla", "--weights holds the weights of one architecture"),
  ]

  static let files = [
    data("--input absent.npy", "absent.npy: it cannot be read"),
    data("--input garbage.npy", "garbage.npy: it is not a .npy file"),
    data("--input empty.npy", "empty.npy: it is not a .npy file"),
    data("--input malformed.npy", "malformed.npy: its header is malformed"),
    data("--input truncated.npy", "needs 512 bytes of data, but it has 511"),
    data("--input narrow.npy", "narrow.npy: its shape [4, 15] does not fit", "needs [4, 16]"),
    data("--input negative.npy", "negative.npy: its header is malformed"),
    data("--input huge.npy", "huge.npy: its shape", "more elements than can be counted"),
    data("--input big-endian.npy", "big-endian.npy: its array is big-endian (>f8)", "astype"),
    data("--input fortran.npy", "fortran.npy: its array is in Fortran", "ascontiguousarray"),
    data("--input complex.npy", "complex.npy: it holds an array of type '<c16'"),
    data("--input text:empty.txt", "empty.txt: it is empty", "at least 4 bytes"),
    data("--input text:short.txt", "short.txt: it has 3 bytes", "4 tokens"),
    data("--input text:absent.txt", "absent.txt: it cannot be read"),
    data("--input good.safetensors", "good.safetensors: it has no tensor 'input' of shape [4, 16]"),
    data("--weights absent.safetensors", "absent.safetensors: it cannot be read"),
    data("--weights truncated.safetensors", "truncated.safetensors: "),
    data("--weights cut.safetensors", "cut.safetensors: it is not a safetensors file (it has 3 bytes)"),
    data("--weights overlapping.safetensors", "overlapping.safetensors: "),
    data("--weights outside.safetensors", "outside.safetensors: "),
    data("--weights header.safetensors", "header claims 18446744073709551615 bytes"),
    data("--weights header-100MB.safetensors", "header claims 100000001 bytes"),
    data("--weights json.safetensors", "json.safetensors: its header is malformed"),
    data(
      "--weights missing.safetensors", "missing.safetensors: ", "no tensor 'layers.0.bias' of shape [2]", "nearest name"
    ),
    data(
      "--weights misnamed.safetensors", "misnamed.safetensors: ", "no tensor 'layers.0.bias' of shape [2]",
      "nearest name"),
    data("--weights misshapen.safetensors", "'layers.0.bias' has shape [1]", "[2] is needed"),
    data("--weights layer.safetensors", "layer.safetensors: ", "layers.0.bias"),
    data("--weights good.safetensors --depth 2", "no tensor 'layers.1.weight' of shape [2, 2]"),
    data("--weights good.safetensors --width 3", "'layers.0.weight' has shape [2, 2]", "[3, 3] is needed"),
    data("--weights good.npy", "good.npy: it is not a safetensors file"),
    data("--weights .", ".: it cannot be read"),
  ]

  /// Found before the work, which would take hours here.
  static let long = "--samples 1000000 --depth 100 "
  static let outputs = [
    Bad(arguments: split(long + "--output absent/out.json"), status: 73, parts: ["there is no folder 'absent'"]),
    Bad(arguments: split(long + "--output ."), status: 73, parts: ["this is a folder; name a file in it"]),
    Bad(arguments: split(long + "--output ./"), status: 73, parts: ["this is a folder"]),
    Bad(arguments: split(long + "--output good.npy/out"), status: 73, parts: ["good.npy/out: it cannot be written"]),
    Bad(arguments: split(long) + ["--output", ""], status: 73, parts: ["this is not a path"]),
    Bad(arguments: split(long + "--export good.npy"), status: 73, parts: ["good.npy: files cannot be written there"]),
    Bad(arguments: split(long + "--export good.npy/folder"), status: 73, parts: ["files cannot be written there"]),
    Bad(arguments: split("figure5 --output absent/out.json"), status: 73, parts: ["there is no folder 'absent'"]),
    // What is wrong with the options is said before anything is made.
    Bad(arguments: split("--width 0 --export export"), status: 64, parts: ["--width 0 is not positive"]),
    Bad(arguments: split("--width 100000000 --export export"), status: 64, parts: ["of memory"]),
    Bad(
      arguments: split("--samples 1 --depth 1 --output /dev/full"), status: 74, parts: ["/dev/full: writing it failed"]),
  ]

  static func split(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }

  @Test("is answered by one sentence", arguments: sizes + names + misplaced + files + outputs)
  func answered(bad: Bad) throws {
    try withTemporaryFolder { folder in
      try BadFiles.write(to: folder)
      let before = try contents(of: folder)
      let command = try Command(bad.arguments, in: folder)
      #expect(!command.endedBySignal)
      #expect(command.status == bad.status)
      #expect(command.output.isEmpty)
      #expect(try contents(of: folder) == before)
      let first = command.errorLines.first ?? ""
      #expect(first.hasPrefix("Error: "))
      for part in bad.parts { #expect(first.contains(part), "\(command.error)") }
      if bad.isParsers {
        #expect(command.errorLines.count <= 4)
      } else {
        #expect(command.errorLines.count == 1, "\(command.error)")
        #expect(first.hasSuffix(".") || first.hasSuffix("?"))
      }
    }
  }

  @Test("Metadata that is no configuration is passed over")
  func strangeMetadata() throws {
    try withTemporaryFolder { folder in
      try BadFiles.write(to: folder)
      let command = try Command(["--weights", "config.safetensors", "--format", "csv"], in: folder)
      #expect(command.status == 0)
      #expect(
        command.error.hasPrefix("Note: config.safetensors does not tell all of its network; assumed --arch residual"))
      #expect(command.output.contains("residual,1,1,0,mean_squared,1.0,product"))
    }
  }
}
