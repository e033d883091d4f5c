#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Turns SVG into PNG by a program of the system.
///
/// A good renderer of SVG is a large thing (fonts, shaping, curves); every desktop has one. It is looked for when a PNG
/// is wanted, so neither building nor running needs it otherwise.
public struct SVGRasterizer: Sendable {
  /// The renderers that are tried, in this order: those that were found to draw all of a figure with the fonts that Debian
  /// installs. (resvg knows no `sans-serif` there and leaves the text out; CairoSVG knows no `paint-order` and lets
  /// outlines cover their letters.)
  enum Renderer: String, CaseIterable {
    case rsvgConvert = "rsvg-convert"
    case inkscape

    /// Words that make it read SVG on its standard input and write PNG of this size on its standard output.
    func arguments(width: Int, height: Int) -> [String] {
      switch self {
      case .rsvgConvert:
        // Without --unlimited a path of more than 10 MB is taken for an attack.
        ["--format", "png", "--unlimited", "--width", "\(width)", "--height", "\(height)"]
      case .inkscape:
        // By the file's name: with --pipe, version 1.2 drops the last lines and says nothing.
        [
          "--export-type=png", "--export-filename=-", "--export-width=\(width)", "--export-height=\(height)",
          "/dev/stdin",
        ]
      }
    }
  }

  /// Pixels a side: Cairo, which draws for librsvg, counts them in 16 bits.
  public static let largestSide = 32767
  /// Pixels in all: a renderer holds four bytes for each, 1 GiB.
  public static let mostPixels = 1 << 28

  let renderer: Renderer
  let path: String
  let environment: [String: String]

  /// The program's name, such as `rsvg-convert`.
  public var name: String { renderer.rawValue }

  /// Looks for a renderer in the folders of `PATH`, so that its absence is known before long work.
  ///
  /// - Parameter environment: that of the process; the renderer gets it too (its fonts and `TMPDIR` depend on it).
  /// - Throws: `notInstalled`.
  public static func find(environment: [String: String]) throws(SVGRasterizerError) -> SVGRasterizer {
    for renderer in Renderer.allCases {
      if let path = ChildProcess.path(of: renderer.rawValue, environment: environment) {
        return SVGRasterizer(renderer: renderer, path: path, environment: environment)
      }
    }
    throw .notInstalled
  }

  /// Looks for a renderer in this process' `PATH`.
  ///
  /// - Throws: `notInstalled`.
  public static func find() throws(SVGRasterizerError) -> SVGRasterizer {
    try find(environment: ProcessInfo.processInfo.environment)
  }

  /// The size in pixels of a picture, each side rounded to the nearest whole number.
  ///
  /// - Parameters:
  ///   - width, height: the picture's size in SVG units.
  ///   - scale: pixels per SVG unit.
  /// - Throws: `badSize` if a side is empty or larger than `largestSide`, or if there are more than `mostPixels`.
  public static func pixels(width: Int, height: Int, scale: Double) throws(SVGRasterizerError) -> (
    width: Int, height: Int
  ) {
    let (x, y) = ((Double(width) * scale).rounded(), (Double(height) * scale).rounded())
    let sides = 1...Double(largestSide)
    // Not a number is in no range.
    guard sides.contains(x), sides.contains(y), x * y <= Double(mostPixels) else {
      throw .badSize(width: width, height: height, scale: scale)
    }
    return (Int(x), Int(y))
  }

  /// Renders a picture.
  ///
  /// - Parameters:
  ///   - svg: a document whose `viewBox` has the proportions of `width` and `height`, without references to files.
  ///   - width, height: its size in SVG units.
  ///   - scale: pixels per SVG unit, as in `pixels(width:height:scale:)`.
  /// - Returns: a PNG file of that size.
  /// - Throws: `badSize`; `failed` if the renderer cannot be started, fails, or writes something else.
  public func png(ofSVG svg: String, width: Int, height: Int, scale: Double) throws(SVGRasterizerError) -> [UInt8] {
    let size = try Self.pixels(width: width, height: height, scale: scale)
    let (ending, png, messages) = try run(renderer.arguments(width: size.width, height: size.height), input: svg)
    switch ending {
    case .success(.exit(code: 0)), .success(.unknown): break
    case .success(.exit(let code)):
      let reason = Self.reason(in: messages).map { "it says “\($0)”" } ?? "it says nothing"
      throw failed("\(reason) (exit code \(code))")
    case .success(.signal(let number)): throw failed("it was ended by signal \(number)")
    case .failure(let error): throw failed("\(path) could not be started (\(error.message))")
    }
    guard let written = Self.size(ofPNG: png) else { throw failed("what it wrote is not a whole PNG file") }
    guard written == size else {
      throw failed(
        "it drew \(written.width) × \(written.height) pixels instead of \(size.width) × \(size.height)")
    }
    return png
  }
}

// MARK: - Running the renderer

extension SVGRasterizer {
  private func run(_ arguments: [String], input: String) throws(SVGRasterizerError) -> (
    ending: Result<ChildProcess.Ending, SystemError>, output: [UInt8], messages: [UInt8]
  ) {
    let folder = environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    do throws(SystemError) {
      let svg = try NamelessFile(in: folder)
      let png = try NamelessFile(in: folder)
      let messages = try NamelessFile(in: folder)
      try svg.write(input)
      let descriptors = (svg.reading, png.writing, messages.writing)
      let ending = Result { () throws(SystemError) in
        try ChildProcess.run(
          path, arguments, environment: environment, input: descriptors.0, output: descriptors.1, error: descriptors.2)
      }
      return (ending, try png.bytes(), try messages.bytes(atMost: 1 << 16))
    } catch {
      throw failed("its temporary files in \(printable(folder, limit: 4096)) failed (\(error.message))")
    }
  }

  private func failed(_ reason: String) -> SVGRasterizerError { .failed(renderer: name, reason: reason) }

  /// The first line of a program's messages; of a Python program's traceback the last one, which names the error.
  static func reason(in messages: [UInt8]) -> String? {
    let lines = String(decoding: messages, as: UTF8.self).split(whereSeparator: \.isNewline)
      .filter { !$0.allSatisfy(\.isWhitespace) }
    guard let first = lines.first else { return nil }
    let line = first.hasPrefix("Traceback") ? lines[lines.count - 1] : first
    return printable(String(line.last == "." ? line.dropLast() : line), limit: 300)
  }

  /// The size that a PNG file's first chunk states (PNG specification, 5.2 and 11.2.1); nil unless the file begins with the
  /// signature and ends with the last chunk.
  static func size(ofPNG file: [UInt8]) -> (width: Int, height: Int)? {
    let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    let first = signature + [0, 0, 0, 13] + "IHDR".utf8
    // Length 0, type, and the checksum of the type.
    let last = [0, 0, 0, 0] + Array("IEND".utf8) + [0xAE, 0x42, 0x60, 0x82]
    guard file.count > first.count + 8 + last.count, file.starts(with: first),
      file.suffix(last.count).elementsEqual(last)
    else { return nil }
    func number(at offset: Int) -> Int { file[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
    return (number(at: first.count), number(at: first.count + 4))
  }
}
