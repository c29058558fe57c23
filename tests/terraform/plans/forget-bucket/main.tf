provider "aws" {
  region = "eu-west-1"
}
removed {
  from = aws_s3_bucket.b
  lifecycle {
    destroy = false
  }
}
removed {
  from = aws_s3_bucket_policy.b
  lifecycle {
    destroy = false
  }
}
removed {
  from = aws_s3_bucket_ownership_controls.b
  lifecycle {
    destroy = false
  }
}
