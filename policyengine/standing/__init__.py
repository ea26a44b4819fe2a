"""What stands beside the findings of an audit: waivers, which mark a finding and drop none, and a
baseline, since which findings are new or worse."""
