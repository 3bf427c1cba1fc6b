"""A synthetic demonstration county: terrain, settlements, land-use survey, evidence layers, patches and imagery."""
