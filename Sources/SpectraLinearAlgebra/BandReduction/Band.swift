/// An upper band matrix with the room beside it that stage two needs, column by column.
///
/// Stage two fills up to 2 · `width` diagonals above the main one and `width` below. In memory an element's row and column
/// have fixed distances, so that a block of the band is an ordinary column-major matrix.
struct Band<Scalar: NetworkScalar> {
  let order: Int
  let width: Int
  /// The element at row 0, column 0.
  let origin: UnsafeMutablePointer<Scalar>
  /// The distance of two columns of one row.
  let stride: Int

  /// Rows are handled this many at a time, which may be as many more than there are: they hold zeros.
  static var lanes: Int { 8 }

  /// The number of elements of an empty band, all of which must be zero.
  static func elementCount(order: Int, width: Int) -> Int { (order + 1) * (3 * width + lanes + 1) + 2 * lanes }

  init(order: Int, width: Int, elements: UnsafeMutablePointer<Scalar>) {
    (self.order, self.width) = (order, width)
    origin = elements + 2 * width
    stride = 3 * width + Self.lanes
  }

  subscript(row: Int, column: Int) -> Scalar {
    get { origin[row + column * stride] }
    nonmutating set { origin[row + column * stride] = newValue }
  }
}
