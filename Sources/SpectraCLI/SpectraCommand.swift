import ArgumentParser
import Spectra

struct SpectraCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spectra",
    abstract: "How deep networks pass signals: spectra of input-output Jacobians.",
    discussion: """
      Builds randomly initialised stacks, computes their exact Jacobians by forward-mode dual numbers, takes the \
      singular values with LAPACK and shows the histogram of their logarithms with the statistics of dynamical isometry.

        spectra --arch post-ln,pre-ln,rezero --depth 4,12,64
        spectra figure5
        spectra theory --activation tanh --critical --sigma-b 0.2
        spectra plot run.json -o run.svg
        spectra jacobian --help     all options of the first
      """,
    version: "spectra \(SpectraVersion.current)",
    subcommands: [
      JacobianCommand.self, Figure5Command.self, PlotCommand.self, TheoryCommand.self,
      PhaseCommand.self, PropagateCommand.self, ReproduceCommand.self, ArchitecturesCommand.self,
    ],
    defaultSubcommand: JacobianCommand.self)
}
