internal import SpectraReports

struct HTMLFigure {
  let style: FigureStyle
  func text(of f: Figure) -> String { "" }
}
public struct SVGRasterizer {
  public static func find() throws -> SVGRasterizer { SVGRasterizer() }
  public func png(ofSVG svg: String, width: Int, height: Int, scale: Double) throws -> [UInt8] { [] }
}
