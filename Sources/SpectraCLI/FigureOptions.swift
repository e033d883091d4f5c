import ArgumentParser
import Spectra

/// What a figure shows, and how it looks.
struct FigureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "histogram, ridgeline (a histogram for each layer), quantiles (of log sigma against the layer) or statistic (against "
        + "depth or layer) (quantiles where three or more layers were measured, else histogram).", valueName: "name"),
    completion: .name(of: FigureDesign.Kind.self))
  var kind: String?

  @Option(
    help: ArgumentHelp(
      "Draws these against depth or layer: " + names(Statistic.self) + " (mean_squared).", valueName: "name,..."),
    completion: .names(of: Statistic.self))
  var statistic: String?

  @Option(
    help: ArgumentHelp(
      "What has a panel of its own in a histogram figure: architecture, depth, stack (architecture and depth), spectrum or "
        + "none (architecture where depths differ, none for up to four architectures, else spectrum).",
      valueName: "name"), completion: .name(of: FigureDesign.Facet.self))
  var facet: String?

  @Option(
    help: ArgumentHelp(
      "Scale of a statistic: linear or log (log where positive values span two decades).", valueName: "name"),
    completion: .name(of: FigureDesign.Scale.self))
  var scale: String?

  @Flag(help: "Draw where a dense Jacobian puts the values that rounding hides: noise, dotted.")
  var noise = false

  @Option(parsing: .unconditional, help: ArgumentHelp("Bins of the histograms (those of the run).", valueName: "n"))
  var bins: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Ends of the axis of log sigma, as -11,4, or auto (those of the run).", valueName: "lo,hi"))
  var range: String?

  @Option(
    name: .customLong("log-base"),
    help: ArgumentHelp("Base of the logarithm: 10 or e (that of the run).", valueName: "base"),
    completion: .name(of: HistogramAxis.LogBase.self))
  var logBase: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Title (what all spectra have in common).", valueName: "text"))
  var title: String?

  @Option(
    help: ArgumentHelp(names(Palette.Name.self) + " (light).", valueName: "name"),
    completion: .name(of: Palette.Name.self))
  var palette: String?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Width in CSS pixels (330 a panel or more).", valueName: "n"))
  var width: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Panels side by side, fewer where the width has no room (1 to 4).", valueName: "n"))
  var columns: Int?

  @Option(
    name: .customLong("pixels"), parsing: .unconditional,
    help: ArgumentHelp("Pixels of a PNG for each CSS pixel (2).", valueName: "x"))
  var pixels: Double?

  /// What was named, over the defaults.
  func design() throws -> FigureDesign {
    var design = FigureDesign()
    if let kind { design.kind = try Names.parse(kind, option: "kind") }
    if let statistic {
      design.statistics = try Names.parseList(statistic, option: "statistic")
      if design.kind == nil { design.kind = .statistic }
    }
    if let facet { design.facet = try Names.parse(facet, option: "facet") }
    if let scale { design.scale = try Names.parse(scale, option: "scale") }
    design.showsNoise = noise
    design.bins = bins
    if let range { design.range = try Names.parseRange(range) }
    if let logBase { design.logBase = try Names.parse(logBase, option: "log-base") }
    design.title = title
    return design
  }

  /// Refuses what was named and does nothing in a figure of some kind.
  func refuseUnread(_ kind: FigureDesign.Kind) throws(UsageError) {
    let readBy: [(option: String, isNamed: Bool, kinds: Set<FigureDesign.Kind>)] = [
      ("statistic", statistic != nil, [.statistic]), ("scale", scale != nil, [.statistic]),
      ("facet", facet != nil, [.histogram]), ("noise", noise, [.histogram]),
      ("bins", bins != nil, [.histogram, .ridgeline]),
      ("range", range != nil, [.histogram, .ridgeline, .quantiles]),
      ("log-base", logBase != nil, [.histogram, .ridgeline, .quantiles]),
    ]
    for (option, isNamed, kinds) in readBy where isNamed && !kinds.contains(kind) {
      let others = FigureDesign.Kind.allCases.filter(kinds.contains).map(\.rawValue).joined(separator: " or ")
      throw UsageError(
        "--\(option) does nothing in a figure of kind \(kind.rawValue); leave it out or name --kind \(others).")
    }
  }

  /// Refuses sizes that no file of some formats has.
  func refuseUnread(_ formats: [FigureFormat]) throws(UsageError) {
    let readBy: [(option: String, isNamed: Bool, formats: Set<FigureFormat>)] = [
      ("width", width != nil, [.svg, .png, .html]), ("columns", columns != nil, [.svg, .png, .html]),
      ("pixels", pixels != nil, [.png]),
    ]
    for (option, isNamed, readers) in readBy where isNamed && readers.isDisjoint(with: formats) {
      let endings = FigureFormat.allCases.filter(readers.contains).map { ".\($0.rawValue)" }
      throw UsageError(
        "--\(option) does nothing in the files named; leave it out or name one that ends in \(endings.joined(separator: ", "))."
      )
    }
  }

  func style() throws -> FigureStyle {
    var style = FigureStyle()
    if let palette { style.palette = Palette(try Names.parse(palette, option: "palette")) }
    style.size = FigureSize(width: width, columns: columns)
    if let pixels { style.scale = pixels }
    if let problem = style.problem { throw UsageError(problem) }
    return style
  }
}

/// The files that a figure is written to, checked before any work.
struct FigureFiles {
  private let files: [(path: String, format: FigureFormat)]

  /// The formats of the files.
  var formats: [FigureFormat] { files.map(\.format) }

  /// - Parameters:
  ///   - read: files that the command reads.
  ///   - written: a file that something else is written to.
  /// - Throws: `UsageError` where an ending names no format or a file would replace another one of the command; `FileError`
  ///   where a file cannot be written there; `SVGRasterizerError` where a PNG is wanted and nothing can render one.
  init(_ paths: [String], option: String, read: [String] = [], written: String? = nil) throws {
    var written = written.map { [$0] } ?? []
    files = try paths.map { path in
      guard let format = FigureFormat(path: path) else {
        let endings = FigureFormat.allCases.map { "." + $0.rawValue }
        throw UsageError(
          "--\(option) '\(path)' has an ending of no figure; name a file that ends in \(endings.dropLast().joined(separator: ", ")) or \(endings.last ?? "")."
        )
      }
      try AtomicFile.checkWritable(path)
      // Where nothing can be written nothing is replaced.
      func isAmong(_ others: [String]) -> Bool {
        others.contains { (try? AtomicFile.isSameFile(path, as: $0)) == true }
      }
      if isAmong(written) { throw UsageError("--\(option) '\(path)' is written to already; name another file.") }
      if isAmong(read) { throw UsageError("--\(option) '\(path)' is a run that is read; name another file.") }
      written.append(path)
      return (path, format)
    }
    if files.contains(where: { $0.format == .png }) { _ = try SVGRasterizer.find() }
  }

  /// Writes the files, each whole or not at all.
  func write(_ figure: @autoclosure () throws -> Figure, style: FigureStyle) throws {
    guard !files.isEmpty else { return }
    let figure = try figure()
    // All of them made before the first is written.
    let contents = try files.map { try figure.bytes(as: $0.format, style: style) }
    for (file, bytes) in zip(files, contents) { try AtomicFile.write(bytes, to: file.path) }
  }
}
