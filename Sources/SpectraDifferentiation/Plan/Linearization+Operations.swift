extension Linearization {
  /// The operations that `jacobian(chunk:threads:)` takes by its plan's own count, a multiplication and an addition counted as
  /// two: those of its matrix products, with elementwise work and calls counted as the products that would take as long.
  /// Divided by a machine's rate of products they are about the least time of this Jacobian.
  public var plannedOperations: Double { 2 * plan.operations * Double(inputCount) }
}
