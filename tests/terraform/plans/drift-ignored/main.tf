provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "images" {
  bucket = "acme-images"
}

resource "aws_s3_bucket_policy" "images" {
  bucket = aws_s3_bucket.images.id
  lifecycle {
    ignore_changes = [policy]
  }
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Darwin"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
      Action    = ["s3:GetObject", "s3:PutObject"]
      Resource  = "${aws_s3_bucket.images.arn}/*"
    }]
  })
}

resource "aws_s3_bucket_cors_configuration" "images" {
  bucket = aws_s3_bucket.images.id
  cors_rule {
    allowed_headers = ["*"]
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["https://darwin.v7labs.com"]
  }
}
