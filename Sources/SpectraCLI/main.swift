print("spectra")
