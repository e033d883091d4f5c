import Foundation
import Spectra
import TestSupport
import Testing

@Suite("Exports from the command line", .timeLimit(.minutes(10)))
struct ExportCommandTests {
  /// Runs whose inputs come from everywhere.
  static let runs = [
    ["--arch", "post-ln"], ["--arch", "pre-ln", "--final-norm", "--precision", "float"],
    ["--arch", "rezero", "--alpha", "0.3", "--mask", "causal"], ["--arch", "vanilla", "--hidden", "5"],
    ["--block", "fc", "--arch", "norm", "--init", "he-normal", "--activation", "tanh"],
    ["--arch", "residual", "--vary", "weights"], ["--arch", "residual", "--vary", "input"],
    ["--arch", "post-ln", "--rng", "torch", "--precision", "float"], ["--arch", "post-ln", "--input", "text:text.txt"],
    ["--arch", "post-ln", "--input", "text:text.txt", "--vary", "weights"],
    ["--arch", "pre-ln", "--input", "inputs.npy"], ["--arch", "admin"],
    ["--arch", "pre-ln:norm=rmsnorm:feed-forward=swiglu:kv-heads=2:positions=rotary:mask=ngram:2"],
    ["--arch", "vanilla:attention=shaped:beta=0.5:queries=drawn:init=orthogonal"],
    ["--block", "fc", "--arch", "norm:norm=batchnorm", "--tokens", "3"],
  ]

  @Test("Settings of initialisation beside given weights are refused")
  func initialSettings() throws {
    try withTemporaryFolder { folder in
      let made = try Command(["--arch", "admin", "--depth", "2", "--samples", "1", "--export", "export"], in: folder)
      #expect(made.status == 0)
      let weights = ["--weights", "export/admin-depth2-sample0.weights.safetensors"]
      #expect(try Command(weights + ["--arch", "admin"], in: folder).status == 0)
      for (arch, part) in [("admin:omega=100", "omega=100"), ("admin:init=gpt2", "init=gpt2")] {
        let command = try Command(weights + ["--arch", arch], in: folder)
        #expect(command.status == 64 && command.error.contains("'\(part)' is about weights at initialisation"))
      }
    }
  }

  @Test("--weights of an export gives its spectrum back, bit for bit", arguments: runs)
  func roundTrip(run: [String]) throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("It is a truth universally acknowledged, that a single", to: folder + "/text.txt")
      let elements = (0..<192).map { Double.sin(Double($0)) }
      try NumpyFile.write(Tensor(shape: [3, 4, 16], elements: elements), to: folder + "/inputs.npy")
      let made = try Command(
        run + ["--depth", "2", "--samples", "3", "--export", "export", "--format", "jsonl"], in: folder)
      #expect(made.status == 0 && made.error.isEmpty)
      let files = try contents(of: folder + "/export").filter { $0.hasSuffix(".weights.safetensors") }
      #expect(files.count == 3)
      for (file, line) in zip(files, made.output.split(separator: "\n")) {
        let again = try Command(["--weights", "export/\(file)", "--format", "jsonl"], in: folder)
        #expect(again.status == 0, "\(again.error)")
        let records = try [Substring(again.output), line].map {
          try JSONDecoder().decode(SpectrumRecord.self, from: Data($0.utf8))
        }
        #expect(records[0].measurement == records[1].measurement)
        let signals = file.replacing(".weights.", with: ".signals.")
        let given = try Command(
          ["--weights", "export/\(file)", "--input", "export/\(signals)", "--format", "jsonl"], in: folder)
        #expect(given.output == again.output)
      }
      let swapped = try Command(
        ["--weights", "export/\(files[0].replacing(".weights.", with: ".signals."))"], in: folder)
      #expect(swapped.status == 65 && swapped.error.contains("ends in weights.safetensors"), "\(swapped.error)")
    }
  }

  @Test("A state dict without metadata is recognised")
  func foreign() throws {
    try withTemporaryFolder { folder in
      let made = try Command(
        ["--depth", "2", "--samples", "1", "--hidden", "24", "--export", "export", "--format", "jsonl"], in: folder)
      var file = try SafetensorsFile(contentsOf: folder + "/export/post-ln-depth2-sample0.weights.safetensors")
      file.metadata = [:]
      try file.write(to: folder + "/model.safetensors")
      let again = try Command(["--weights", "model.safetensors", "--format", "jsonl"], in: folder)
      #expect(again.output == made.output && !made.output.isEmpty)
      // A file does not tell Pre-LN from Post-LN: the flag does.
      let other = try Command(
        ["--weights", "model.safetensors", "--arch", "pre-ln", "--format", "jsonl"], in: folder)
      #expect(other.status == 0 && other.output.contains("\"pre-ln\""))
      // What nobody named is said to be assumed, and nothing that has no effect.
      #expect(
        again.error.hasSuffix(
          "assumed --arch post-ln, --heads 4, --mask none, --positions none, --norm layernorm, --activation relu.\n"))
      let named = try Command(
        ["--weights", "model.safetensors", "--arch", "post-ln:heads=2:mask=causal", "--activation", "gelu"], in: folder)
      #expect(named.error.hasSuffix("assumed --positions none, --norm layernorm.\n"), "\(named.error)")
    }
  }

  @Test(
    "Of a gate with its own activation none is assumed; shared key and value heads are named where they are missing")
  func foreignVariants() throws {
    try withTemporaryFolder { folder in
      let label = "residual:feed-forward=swiglu:kv-heads=2"
      _ = try Command(["--depth", "1", "--samples", "1", "--arch", label, "--export", "export"], in: folder)
      var file = try SafetensorsFile(
        contentsOf: "\(folder)/export/\(label.replacing(":", with: "_"))-depth1-sample0.weights.safetensors")
      file.metadata = [:]
      try file.write(to: folder + "/model.safetensors")
      let options = ["--weights", "model.safetensors", "--arch", "residual", "--feed-forward", "swiglu"]
      let refused = try Command(options, in: folder)
      #expect(refused.status == 65)
      #expect(
        refused.error.contains(
          "has shape [32, 16], but [48, 16] is needed; it is that of --heads 4 with --kv-heads 2."),
        "\(refused.error)")
      let taken = try Command(options + ["--kv-heads", "2"], in: folder)
      #expect(taken.status == 0)
      #expect(taken.error.hasSuffix("assumed --heads 4, --mask none, --positions none.\n"), "\(taken.error)")
    }
  }
}
