/// Why there is no PNG of a picture; its description is one sentence.
public enum SVGRasterizerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// No renderer is on the `PATH`.
  case notInstalled
  /// The picture would have no pixels, or more than a renderer can draw.
  case badSize(width: Int, height: Int, scale: Double)
  /// The renderer failed: a clause about it, such as “it says nothing (exit code 1)”.
  case failed(renderer: String, reason: String)

  /// The exit status of the command line, after `sysexits.h`: 73 (an output cannot be created; known before any work),
  /// 64 (the command line asks for what cannot be) or 74 (writing an output failed).
  public var exitCode: Int32 {
    switch self {
    case .notInstalled: 73
    case .badSize: 64
    case .failed: 74
    }
  }

  public var description: String {
    switch self {
    case .notInstalled:
      let names = SVGRasterizer.Renderer.allCases.map(\.rawValue).joined(separator: ", ")
      return """
        PNG needs a renderer of SVG, and the PATH has none of \(names): install one (apt-get install librsvg2-bin) or \
        write .svg or .html.
        """
    case .badSize(let width, let height, let scale):
      return """
        A picture of \(width) × \(height) at scale \(scale) cannot be rendered as PNG: a side has 1 to \
        \(SVGRasterizer.largestSide) pixels, and all of it at most \(SVGRasterizer.mostPixels); change the scale or write .svg.
        """
    case .failed(let renderer, let reason):
      return "\(renderer) could not turn the picture into PNG: \(reason); write .svg or .html."
    }
  }
}
