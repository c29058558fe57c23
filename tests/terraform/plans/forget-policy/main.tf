provider "aws" {
  region = "eu-west-1"
}
resource "aws_s3_bucket" "b" {
  bucket = "acme-life"
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
