import Foundation
import Spectra
import Testing

/// What `architectures` lists is what the parser takes.
@Suite("Names", .timeLimit(.minutes(10)))
struct NamesTests {
  static let tiny = ["--depth", "1", "--samples", "1", "--width", "8", "--format", "csv"]

  @Test("The list as JSON is the library's catalogue")
  func catalogue() throws {
    let command = try Command(["architectures", "--format", "json"])
    #expect(command.status == 0 && command.error.isEmpty)
    #expect(try JSONDecoder().decode(Catalogue.self, from: Data(command.output.utf8)) == Catalogue())
    let text = try Command(["architectures"]).output
    let all = Catalogue()
    let words = { (text: String) in text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
    for entry in Self.sections(all).flatMap(\.entries) + all.blocks + all.masks {
      #expect(text.contains("  \(entry.name) ") && words(text).contains(words(entry.equation)), "\(entry.name)")
      #expect(!entry.equation.isEmpty)
      for setting in entry.settings {
        let choice = setting.words.joined(separator: " | ")
        #expect(words(text).contains("\(setting.name) = \(choice.isEmpty ? setting.defaultValue : choice)"))
        #expect(words(text).contains(words(": \(setting.meaning)")))
        if !setting.words.isEmpty { #expect(setting.words[0] == setting.defaultValue) }
      }
    }
    for option in all.options { #expect(text.contains(option)) }
  }

  /// The parts of an architecture that are named, by the option that names them.
  static func sections(_ catalogue: Catalogue) -> [(option: String, entries: [Catalogue.Entry])] {
    [
      ("arch", catalogue.architectures), ("norm", catalogue.norms), ("attention", catalogue.attentions),
      ("feed-forward", catalogue.feedForwards), ("activation", catalogue.activations), ("init", catalogue.initializers),
      ("positions", catalogue.positions),
    ]
  }

  static let listed = Catalogue()

  /// Every name alone, in both blocks: what is not defined for a block says so.
  @Test(
    "Every name in the list runs",
    arguments: sections(listed).flatMap { option, entries in
      entries.map { (option, $0.name) }
    })
  func everyName(option: String, name: String) throws {
    let ofTransformers = ["t-fixup", "sub-ln", "parallel", "gpt2", "fairseq", "rezero-notebook"]
    let ofBoth = ["arch", "norm", "activation", "init"]
    // Normalisers over a batch need one, a transformation the depth it is made for, and none is no norm.
    let needs = ["xskip-bn": ["--tokens", "3"], "batchnorm": ["--tokens", "3"]]
    for block in ["transformer", "fc"] {
      let arch = option == "norm" ? ["--arch", "pre-ln"] : []
      let command = try Command(
        Self.tiny + ["--block", block, "--\(option)", name] + arch + (block == "fc" ? needs[name] ?? [] : []))
      let isRefused =
        block == "fc"
        && (!ofBoth.contains(option) && !["softmax", "mlp", "none"].contains(name) || ofTransformers.contains(name))
      #expect(command.status == (isRefused ? 64 : 0), "\(command.error)")
      if option == "arch", !isRefused { #expect(command.output.contains("\n\(name),1,1,0,mean_squared,")) }
    }
  }

  /// Every setting of every name, at its default and inside an architecture's name: `pre-ln:norm=adanorm:k=0.1`.
  @Test(
    "Every setting in the list is taken",
    arguments: sections(listed).flatMap { option, entries in
      entries.filter { !$0.settings.isEmpty }.map { (option, $0.name) }
    })
  func everySetting(option: String, name: String) throws {
    let entry = try #require(
      Self.sections(Self.listed).first { $0.option == option }?.entries.first { $0.name == name })
    // Where the default follows from the network, a number stands for it.
    func value(_ setting: Catalogue.SettingEntry) -> String {
      setting.defaultValue.contains(" ") || setting.defaultValue == "depth" ? "2" : setting.defaultValue
    }
    let given = entry.settings.filter { !["zeta", "tau", "eta", "layers"].contains($0.name) }
    let part = ([name] + given.map { "\($0.name)=\(value($0))" }).joined(separator: ":")
    let label = option == "arch" ? part : "pre-ln:\(option)=\(part)"
    let command = try Command(Self.tiny + ["--arch", label])
    #expect(command.status == 0, "\(command.error)")
    #expect(command.output.contains("\n\(label),1,1,0,mean_squared,"), "\(command.output)")
  }

  @Test("Settings of transformations are taken, and inside an architecture's name only by their owner")
  func transformations() throws {
    for label in [
      "vanilla:activation=tanh:transform=dks:zeta=2", "vanilla:activation=gelu:transform=tat:tau=0.5:layers=10",
      "vanilla:activation=leaky-relu:transform=tat:eta=0.2",
    ] {
      let command = try Command(Self.tiny + ["--init", "suo", "--block", "fc", "--arch", label])
      #expect(command.status == 0, "\(command.error)")
      #expect(command.output.contains("\n\(label),1,1,0,mean_squared,"))
    }
  }

  @Test("Every block, mask and option in the list is taken")
  func rest() throws {
    for block in Self.listed.blocks { #expect(try Command(Self.tiny + ["--block", block.name]).status == 0) }
    for mask in Self.listed.masks {
      // N stands for a number.
      let named = mask.name.hasSuffix(":N") ? mask.name.dropLast() + "2" : Substring(mask.name)
      #expect(try Command(Self.tiny + ["--mask", String(named)]).status == 0)
      #expect(try Command(Self.tiny + ["--arch", "pre-ln:mask=\(named)"]).status == 0)
    }
    let values = [
      "norm": "rmsnorm", "attention": "shaped", "feed-forward": "swiglu", "activation": "gelu", "mask": "ngram:2",
      "positions": "rotary", "heads": "2", "kv-heads": "1", "hidden": "6", "final-norm": "true", "init": "gaussian",
      "gain": "0.5", "sigma-w": "1.5", "sigma-b": "0.5", "qkv": "packed",
    ]
    #expect(Set(values.keys) == Set(Self.listed.options))
    for (option, value) in values {
      let law = option.hasPrefix("sigma") ? ":init=gaussian" : ""
      let own = option == "activation" ? "" : option == "kv-heads" ? ":heads=2" : ""
      let label = "pre-ln\(law)\(own):\(option)=\(value)"
      let command = try Command(Self.tiny + ["--arch", label])
      #expect(command.status == 0 && command.output.contains("\n\(label),1,1,0,"), "\(command.error)")
    }
  }

  @Test("The help names every value that an option takes")
  func help() throws {
    let help = try Command(["jacobian", "--help"]).output
    // Names may be broken over lines at their hyphens only by layout: compare without white space.
    let text = help.filter { !$0.isWhitespace }
    let all = Catalogue()
    for (_, entries) in Self.sections(all) {
      #expect(text.contains(entries.map(\.name).joined(separator: ",")), "\(help)")
    }
  }
}
