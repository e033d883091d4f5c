public enum SpectraVersion { public static let current = "0.1.0" }
