import ArgumentParser
import Spectra

struct ArchitecturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "architectures",
    abstract: "What can be named: connections, blocks, initialisers, activations, masks, with equation and source.")

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, json
  }

  @Option(help: "How the list is written.")
  var format: Format = .text

  func run() throws {
    try Exit.mapping {
      let catalogue = Catalogue()
      try StandardOutput.write(
        format == .json ? try catalogue.json() : catalogue.text(style: .forStandardOutput()))
    }
  }
}
