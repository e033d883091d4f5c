import ArgumentParser
import Spectra

/// The forms in which a command writes its result.
protocol ResultFormat: CaseIterable, ExpressibleByArgument, RawRepresentable<String>, Sendable {
  /// For the eye.
  static var text: Self { get }
}

/// How and where a result is written.
struct ResultOptions<Format: ResultFormat>: ParsableArguments {
  @Option(help: "How the result is written.")
  var format: Format = .text

  @Option(
    help: ArgumentHelp(
      "Write the result to a file, whole or not at all, instead of standard output.", valueName: "file"),
    completion: .file())
  var output: String?

  /// That of standard output; in a file 80 columns of the locale's characters, without colour.
  var style: TextStyle {
    let terminal = TextStyle.forStandardOutput()
    return output == nil ? terminal : TextStyle(width: 80, unicode: terminal.unicode, colour: false)
  }

  /// Refuses a file that cannot be written, before there is a result to lose.
  func checkWritable() throws {
    if let output { try AtomicFile.checkWritable(output) }
  }

  func write(_ text: String) throws {
    if let output { try AtomicFile.write(text, to: output) } else { try StandardOutput.write(text) }
  }
}
