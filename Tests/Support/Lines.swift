/// The lines of a text that are wider than a terminal of so many columns; of a text that fits there are none.
public func linesLonger(than width: Int, in text: String) -> [Substring] {
  text.split(separator: "\n").filter { $0.count > width }
}
