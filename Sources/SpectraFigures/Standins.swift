internal import SpectraReports

struct HTMLFigure {
  let style: FigureStyle
  func text(of f: Figure) -> String { "" }
}
