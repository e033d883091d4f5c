internal import SpectraReports

/// The kind of file that a figure is written as.
public enum FigureFormat: String, Sendable, CaseIterable {
  /// A vector drawing that stands alone.
  case svg
  /// A picture of pixels, made from the SVG by a renderer of the system.
  case png
  /// One page that stands alone, with values under the pointer, statistics and what made it.
  case html
  /// A Vega-Lite specification with the binned numbers in it.
  case vegaLite = "vl.json"

  /// The format that a file's ending names; nil for another ending.
  public init?(path: String) {
    let name = path.lowercased()
    guard let format = Self.allCases.first(where: { name.hasSuffix(".\($0.rawValue)") }) else { return nil }
    self = format
  }
}

/// Everything about a figure's looks.
public struct FigureStyle: Sendable, Equatable {
  /// The size in SVG units.
  public var size = FigureSize()
  /// The colours; a page lets its reader choose others.
  public var palette = Palette(.light)
  /// The pixels of a PNG for each SVG unit.
  public var scale = 2.0

  public init() {}

  /// The pixels that a unit can have.
  public static let scales = 0.1...20.0

  /// A setting that no figure can have, as a sentence; nil where there is none.
  public var problem: String? {
    guard Self.scales.contains(scale) else {
      return
        "A picture cannot have \(scale) pixels a unit; choose from \(Self.scales.lowerBound) to \(Self.scales.upperBound)."
    }
    return size.problem
  }
}

extension Figure {
  /// The bytes of a file.
  ///
  /// - Throws: what the renderer of a PNG reports.
  public func bytes(as format: FigureFormat, style: FigureStyle = FigureStyle()) throws -> [UInt8] {
    switch format {
    case .svg: return Array(SVGFigure(size: style.size, palette: style.palette).text(of: self).utf8)
    case .png:
      let drawing = SVGFigure(size: style.size, palette: style.palette).drawing(of: self)
      return try SVGRasterizer.find().png(
        ofSVG: drawing.document, width: drawing.extent.width, height: drawing.extent.height, scale: style.scale)
    case .html: return Array(HTMLFigure(style: style).text(of: self).utf8)
    case .vegaLite: return Array(VegaLiteFigure(palette: style.palette).text(of: self).utf8)
    }
  }
}
